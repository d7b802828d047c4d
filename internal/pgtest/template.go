// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// initdbArguments make clusters equal on every machine. C.UTF-8 sorts by code
// point but knows letters beyond ASCII, which the plain C locale does not.
var initdbArguments = []string{
	"--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
}

// clone makes a new data directory. initdb takes more than a second of processor
// time, and many test processes start five servers each; so its result is kept
// as a template, and copying that takes a fraction.
func clone(ctx context.Context, programs installation, account account, target string) error {
	cache, err := cacheDir(account, "template")
	if err != nil {
		return err
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %s %d %q", programs.bin, programs.version, account.uid, initdbArguments))
	template := filepath.Join(cache, fmt.Sprintf("%s-%x", programs.version, key[:6]))
	err = once(ctx, template, func(temporary string) error {
		data := filepath.Join(temporary, "data")
		if err := os.Mkdir(data, 0o700); err != nil {
			return fmt.Errorf("prepare the template: %w", err)
		}
		if err := account.own(data); err != nil {
			return err
		}
		return runAs(ctx, account, temporary, filepath.Join(programs.bin, "initdb"), append(initdbArguments, "--pgdata="+data)...)
	})
	if err != nil {
		return err
	}
	return runAs(ctx, account, filepath.Dir(target), "cp", "-R", filepath.Join(template, "data"), target)
}

// runAs runs a program as the server's user; what it printed is in the error.
func runAs(ctx context.Context, account account, dir, program string, arguments ...string) error {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = dir
	command.Env = environment()
	command.SysProcAttr = account.processAttributes()
	if output, err := command.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", filepath.Base(program), err), errors.New(string(output)))
	}
	return nil
}

// environment holds nothing of ours that could change how a server behaves:
// PGDATA, PGOPTIONS, LC_MESSAGES and their kind.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TZ=UTC"}
}

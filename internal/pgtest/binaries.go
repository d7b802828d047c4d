// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// UnavailableError says that a program for a major version can neither be found
// nor fetched here: a prerequisite is missing, and nothing is wrong otherwise.
type UnavailableError struct {
	Program string // postgres or pg_dump
	Major   int    // version of the server that is, or was to be, started
	Reason  error
}

func (e *UnavailableError) Error() string {
	remedy := fmt.Sprintf("PGPHASE_PG_BIN_%d can name a directory that holds its initdb and postgres", e.Major)
	if e.Program == dumpProgram {
		remedy = fmt.Sprintf("PGPHASE_PG_DUMP can name a pg_dump of version %d or later", e.Major)
	}
	return fmt.Sprintf("no %s for PostgreSQL %d: %v (%s)", e.Program, e.Major, e.Reason, remedy)
}

func (e *UnavailableError) Unwrap() error { return e.Reason }

const (
	serverProgram = "postgres"
	dumpProgram   = "pg_dump"
)

// installation is a directory with the programs of one PostgreSQL version.
type installation struct {
	bin     string
	version string // as "postgres --version" says, such as 16.14
}

// findInstallation looks on the machine first and downloads last.
func findInstallation(ctx context.Context, major int, account account) (installation, error) {
	pinned, ok := buildOf(major)
	if !ok {
		return installation{}, &UnavailableError{serverProgram, major, fmt.Errorf("pgphase supports %v only", allMajors())}
	}
	variable := fmt.Sprintf("PGPHASE_PG_BIN_%d", major)
	if bin := os.Getenv(variable); bin != "" {
		found, err := inspect(ctx, bin, major)
		if err != nil {
			return installation{}, &UnavailableError{serverProgram, major, fmt.Errorf("%s: %w", variable, err)}
		}
		return found, nil
	}
	for _, bin := range localDirectories(major) {
		if found, err := inspect(ctx, bin, major); err == nil {
			return found, nil
		}
	}
	bin, err := download(ctx, pinned, account)
	if err != nil {
		return installation{}, &UnavailableError{serverProgram, major, err}
	}
	found, err := inspect(ctx, bin, major)
	if err != nil {
		return installation{}, &UnavailableError{serverProgram, major, fmt.Errorf("downloaded build: %w", err)}
	}
	return found, nil
}

func localDirectories(major int) []string {
	directories := []string{
		fmt.Sprintf("/usr/lib/postgresql/%d/bin", major), // Debian, Ubuntu
		fmt.Sprintf("/usr/pgsql-%d/bin", major),          // the PostgreSQL project's RPMs
	}
	if path, err := exec.LookPath(serverProgram); err == nil {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			directories = append(directories, filepath.Dir(resolved))
		}
	}
	return directories
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) ((\d+)[.\w]*)`)

// inspect checks that a directory holds initdb and postgres of a major version.
func inspect(ctx context.Context, bin string, major int) (installation, error) {
	if _, err := os.Stat(filepath.Join(bin, "initdb")); err != nil {
		return installation{}, err
	}
	version, found, err := programVersion(ctx, filepath.Join(bin, serverProgram))
	if err != nil {
		return installation{}, err
	}
	if found != major {
		return installation{}, fmt.Errorf("%s holds PostgreSQL %s", bin, version)
	}
	return installation{bin: bin, version: version}, nil
}

func programVersion(ctx context.Context, program string) (version string, major int, err error) {
	output, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return "", 0, fmt.Errorf("%s --version: %w", program, err)
	}
	match := versionPattern.FindStringSubmatch(string(output))
	if match == nil {
		return "", 0, fmt.Errorf("%s --version: cannot read %q", program, output)
	}
	major, err = strconv.Atoi(match[2])
	return match[1], major, err
}

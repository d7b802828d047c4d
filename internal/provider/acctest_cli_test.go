// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// cliTimeout bounds one command, so that a hanging apply fails its own test.
const cliTimeout = 5 * time.Minute

// cli runs the real program in a directory of its own, with a provider process
// of its own for each command, as users do. Tests of the plan's text, of saved
// plans and of killed processes need that.
type cli struct {
	t       testing.TB
	program string
	dir     string
	url     string
	pidFile string
	env     []string
	// settings go into the provider block besides the url.
	settings string
}

// newCLI returns Terraform for a database. There is no init: dev_overrides
// name the provider.
func newCLI(t testing.TB, db *pgtest.Database) *cli {
	t.Helper()
	return newProgramCLI(t, db, "terraform")
}

// eachCLI runs a test through Terraform, and through OpenTofu where it is
// found.
func eachCLI(t *testing.T, db *pgtest.Database, test func(t *testing.T, c *cli)) {
	t.Helper()
	programs := map[string]string{"Terraform": "terraform"}
	if tofu := findTofu(); tofu != "" {
		programs["OpenTofu"] = tofu
	}
	for name, program := range programs {
		t.Run(name, func(t *testing.T) { test(t, newProgramCLI(t, db, program)) })
	}
}

func newProgramCLI(t testing.TB, db *pgtest.Database, program string) *cli {
	t.Helper()
	requireAcceptance(t)
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("TF_ACC is set, but: %v", err)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(executable, filepath.Join(dir, providerBinary)); err != nil {
		t.Fatal(err)
	}
	c := &cli{t: t, program: program, dir: dir, pidFile: filepath.Join(dir, "provider.pid")}
	if db != nil {
		c.url = db.URL()
	}
	configuration := filepath.Join(dir, "cli.tfrc")
	c.writeFile(configuration, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"pgphase/pgphase\" = %q\n  }\n  direct {}\n}\n", dir))
	c.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+configuration, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"TF_REATTACH_PROVIDERS=", pidFileVariable+"="+c.pidFile)
	c.write("")
	return c
}

// write replaces the configuration; the provider block is put before it.
func (c *cli) write(hcl string) {
	c.t.Helper()
	block := c.settings
	if c.url != "" {
		block = fmt.Sprintf("url = %q\n%s", c.url, block)
	}
	c.writeFile(filepath.Join(c.dir, "main.tf"), fmt.Sprintf(`terraform {
  required_providers {
    pgphase = { source = "pgphase/pgphase" }
  }
}

provider "pgphase" {
%s
}

%s`, block, hcl))
}

func (c *cli) writeFile(path, content string) {
	c.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run runs a command to its end and returns its standard output, followed by
// what it wrote to standard error, and its exit code.
func (c *cli) run(args ...string) (string, int) {
	c.t.Helper()
	return c.start(args...).wait()
}

// plan plans with -detailed-exitcode: 0 nothing to do, 1 an error, 2 changes.
func (c *cli) plan(args ...string) (string, int) {
	c.t.Helper()
	return c.run(append([]string{"plan", "-no-color", "-input=false", "-detailed-exitcode"}, args...)...)
}

// apply applies without asking.
func (c *cli) apply(args ...string) (string, int) {
	c.t.Helper()
	return c.run(append([]string{"apply", "-no-color", "-input=false", "-auto-approve"}, args...)...)
}

// mustApply applies, which must succeed, and returns the output.
func (c *cli) mustApply(args ...string) string {
	c.t.Helper()
	output, code := c.apply(args...)
	if code != 0 {
		c.t.Fatalf("apply: exit code %d\n%s", code, output)
	}
	return output
}

// mustPlanNothing fails unless there is nothing to change.
func (c *cli) mustPlanNothing() {
	c.t.Helper()
	if output, code := c.plan(); code != 0 {
		c.t.Fatalf("plan: exit code %d\n%s", code, output)
	}
}

// running is a command that has not ended.
type running struct {
	c              *cli
	command        *exec.Cmd
	cancel         context.CancelFunc
	stdout, stderr bytes.Buffer
}

// start starts a command and returns.
func (c *cli) start(args ...string) *running {
	c.t.Helper()
	if err := os.Remove(c.pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cliTimeout)
	r := &running{c: c, cancel: cancel}
	r.command = exec.CommandContext(ctx, c.program, args...)
	r.command.Dir, r.command.Env = c.dir, c.env
	r.command.Stdout, r.command.Stderr = &r.stdout, &r.stderr
	// A group of its own: a test that fails takes the provider with it.
	r.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := r.command.Start(); err != nil {
		cancel()
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		cancel()
		_ = syscall.Kill(-r.command.Process.Pid, syscall.SIGKILL)
	})
	return r
}

// wait waits for the end; see [cli.run].
func (r *running) wait() (string, int) {
	r.c.t.Helper()
	defer r.cancel()
	err := r.command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.c.t.Fatalf("%s: %v", r.command, err)
	}
	return withoutOverrideWarning(r.stdout.String()) + r.stderr.String(), r.command.ProcessState.ExitCode()
}

// interrupt is Ctrl-C.
func (r *running) interrupt() {
	r.c.t.Helper()
	if err := r.command.Process.Signal(syscall.SIGINT); err != nil {
		r.c.t.Fatal(err)
	}
}

// killProvider kills the provider process with SIGKILL, once it runs.
func (r *running) killProvider() {
	r.c.t.Helper()
	if err := syscall.Kill(r.providerPID(), syscall.SIGKILL); err != nil {
		r.c.t.Fatal(err)
	}
}

// kill kills Terraform and the provider with SIGKILL, as a machine that goes
// away does. The state stays locked: the next command needs -lock=false.
func (r *running) kill() {
	r.c.t.Helper()
	if err := syscall.Kill(-r.command.Process.Pid, syscall.SIGKILL); err != nil {
		r.c.t.Fatal(err)
	}
	r.wait()
}

// providerPID waits until the command has started a provider. Of several that
// it starts, one after the other, it is the latest.
func (r *running) providerPID() int {
	r.c.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		content, err := os.ReadFile(r.c.pidFile)
		if err != nil {
			continue
		}
		if pid, err := strconv.Atoi(string(content)); err == nil {
			return pid
		}
	}
	r.c.t.Fatal("the command started no provider")
	return 0
}

// withoutOverrideWarning removes what Terraform says about dev_overrides
// before everything else: it names the temporary directory.
func withoutOverrideWarning(output string) string {
	const title = "Provider development overrides are in effect"
	at := strings.Index(output, title)
	if at < 0 {
		return output
	}
	start := strings.LastIndex(output[:at], "╷")
	end := strings.Index(output[at:], "╵\n")
	if start < 0 || end < 0 {
		return output
	}
	return output[:start] + output[at+end+len("╵\n"):]
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// cliTimeout bounds one command, so that a hanging apply fails its own test.
const cliTimeout = 5 * time.Minute

// cli runs the real program in a directory of its own, with a provider process
// of its own for each command, as users do. Tests of the plan's text, of saved
// plans and of killed processes need that.
type cli struct {
	t         testing.TB
	workspace *terraform.Workspace
	url       string
	pidFile   string
	// settings go into the provider block besides the url.
	settings string
}

// newCLI returns Terraform for a database, or for none where it is nil; in the
// process of TestAccOpenTofu it is OpenTofu. There is no init: dev_overrides
// name the provider.
func newCLI(t testing.TB, db *pgtest.Database) *cli {
	t.Helper()
	requireAcceptance(t)
	program := "terraform"
	if os.Getenv(viaTofuVariable) != "" {
		program = findTofu()
	}
	dir := t.TempDir()
	workspace, err := terraform.SelfProviding(dir, program)
	if err != nil {
		t.Fatalf("TF_ACC is set, but: %v", err)
	}
	c := &cli{t: t, workspace: workspace, pidFile: filepath.Join(dir, "provider.pid")}
	workspace.Setenv(pidFileVariable, c.pidFile)
	if db != nil {
		c.url = db.URL()
	}
	c.write("")
	return c
}

// write replaces the configuration; the provider block is put before it.
func (c *cli) write(hcl string) {
	c.t.Helper()
	block := c.settings
	if c.url != "" {
		block = fmt.Sprintf("  url = %q\n%s", c.url, block)
	}
	if err := c.workspace.Write("main.tf", terraform.ProviderBlock(block)+"\n"+hcl); err != nil {
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

// apply applies without asking, or a saved plan.
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
func (c *cli) mustPlanNothing(args ...string) {
	c.t.Helper()
	if output, code := c.plan(args...); code != 0 {
		c.t.Fatalf("plan: exit code %d\n%s", code, output)
	}
}

// running is a command that has not ended.
type running struct {
	c     *cli
	pid   int
	ended chan struct{}
	// result and err are there when ended is closed.
	result terraform.Result
	err    error
}

// start starts a command and returns. It ends with the test.
func (c *cli) start(args ...string) *running {
	c.t.Helper()
	if err := os.Remove(c.pidFile); err != nil && !errors.Is(err, os.ErrNotExist) {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), cliTimeout)
	r := &running{c: c, ended: make(chan struct{})}
	started := make(chan int, 1)
	go func() {
		defer close(r.ended)
		defer cancel()
		r.result, r.err = c.workspace.RunWatched(ctx, func(_ context.Context, pid int) { started <- pid }, args...)
	}()
	select {
	case r.pid = <-started:
	case <-r.ended:
		select {
		case r.pid = <-started:
		default:
			c.t.Fatal(r.err)
		}
	}
	c.t.Cleanup(func() {
		select {
		case <-r.ended:
		default: // the test failed in between
			_ = syscall.Kill(-r.pid, syscall.SIGKILL)
			<-r.ended
		}
	})
	return r
}

// wait waits for the end; see [cli.run].
func (r *running) wait() (string, int) {
	r.c.t.Helper()
	<-r.ended
	if r.err != nil {
		r.c.t.Fatal(r.err)
	}
	return r.result.Output, r.result.Code
}

// interrupt is Ctrl-C.
func (r *running) interrupt() {
	r.c.t.Helper()
	r.signal(r.pid, syscall.SIGINT)
}

// killProvider kills the provider process with SIGKILL, once it runs.
func (r *running) killProvider() {
	r.c.t.Helper()
	r.signal(r.providerPID(), syscall.SIGKILL)
}

// kill kills Terraform and the provider with SIGKILL, as a machine that goes
// away does, and waits for the end. The server notices seconds later: the
// database needs TolerateSessions.
func (r *running) kill() {
	r.c.t.Helper()
	r.providerPID()
	r.signal(-r.pid, syscall.SIGKILL)
	r.wait()
}

func (r *running) signal(pid int, signal syscall.Signal) {
	r.c.t.Helper()
	select {
	case <-r.ended:
		r.c.t.Fatalf("the command has ended before %s:\n%s", signal, r.result.Output)
	default:
	}
	if err := syscall.Kill(pid, signal); err != nil {
		r.c.t.Fatal(err)
	}
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

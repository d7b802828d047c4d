// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package terraform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	module = "github.com/pgphase/terraform-provider-pgphase"
	// ProviderBinary is the file name of the provider's program.
	ProviderBinary = "terraform-provider-pgphase"
)

// interruptGrace is how long an interrupted command may take to end: it waits
// for the statement that it cancelled, and saves its state.
const interruptGrace = 30 * time.Second

// Build builds the provider into a directory. It works anywhere within the
// source tree.
func Build(ctx context.Context, directory string) error {
	output, err := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", filepath.Join(directory, ProviderBinary), module).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the provider: %w\n%s", err, output)
	}
	return nil
}

// Workspace is a directory with a configuration and its state.
type Workspace struct {
	// Dir is where the configuration is.
	Dir string

	program     string
	environment []string
}

// NewWorkspace makes an empty workspace in a new directory below parent. program
// is Terraform's, and provider the directory that [Build] has filled.
func NewWorkspace(parent, program, provider string) (*Workspace, error) {
	dir, err := os.MkdirTemp(parent, "workspace-")
	if err != nil {
		return nil, fmt.Errorf("make a workspace: %w", err)
	}
	w := &Workspace{Dir: dir, program: program, environment: cleanEnvironment()}
	settings := filepath.Join(dir, "cli.tfrc")
	w.environment = append(w.environment, "TF_CLI_CONFIG_FILE="+settings, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	return w, w.Write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"pgphase/pgphase\" = %q\n  }\n  direct {}\n}\n", provider))
}

// SelfProviding makes an empty workspace below directory whose provider is the
// program that runs: a test whose main function can serve it. program is
// Terraform's; it is an error where there is none.
func SelfProviding(directory, program string) (*Workspace, error) {
	if _, err := exec.LookPath(program); err != nil {
		return nil, fmt.Errorf("find Terraform: %w", err)
	}
	executable, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the provider: %w", err)
	}
	if err := os.Symlink(executable, filepath.Join(directory, ProviderBinary)); err != nil {
		return nil, fmt.Errorf("offer the provider: %w", err)
	}
	return NewWorkspace(directory, program, directory)
}

// ProviderBlock is the beginning of a configuration: where the provider comes
// from, and its settings, the lines between the braces of its block.
func ProviderBlock(settings string) string {
	return "terraform {\n  required_providers {\n    pgphase = { source = \"pgphase/pgphase\" }\n  }\n}\n\nprovider \"pgphase\" {\n" + settings + "\n}\n"
}

// cleanEnvironment is ours without what would change Terraform's behaviour or
// the provider's connection.
func cleanEnvironment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "PGPHASE_") {
			continue
		}
		kept = append(kept, entry)
	}
	return kept
}

// Setenv sets a variable for the commands that follow.
func (w *Workspace) Setenv(name, value string) {
	w.environment = append(w.environment, name+"="+value)
}

// Write writes a file of the configuration.
func (w *Workspace) Write(name, content string) error {
	if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(content), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}

// Result is what a command left.
type Result struct {
	// Output is standard output, followed by standard error, without the
	// warning about the development override.
	Output  string
	Code    int
	Elapsed time.Duration
	// CPU is the processor time of the program and of what it started.
	CPU time.Duration
	// MaxRSS is the largest resident set of the program, in bytes.
	MaxRSS int64
}

// Run runs a command to its end. Its exit code is no error; a command that could
// not be run, or was cancelled, is one.
func (w *Workspace) Run(ctx context.Context, arguments ...string) (Result, error) {
	return w.run(ctx, nil, arguments)
}

// RunWatched is Run, and calls watch with the id of the process once it has
// started; watch returns when its context ends, which is when the command does.
func (w *Workspace) RunWatched(ctx context.Context, watch func(ctx context.Context, pid int), arguments ...string) (Result, error) {
	return w.run(ctx, watch, arguments)
}

func (w *Workspace) run(ctx context.Context, watch func(context.Context, int), arguments []string) (Result, error) {
	command := exec.CommandContext(ctx, w.program, arguments...)
	command.Dir, command.Env = w.Dir, w.environment
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	// Ctrl-C at a terminal reaches every process of the group. A group of its
	// own lets the command see one interrupt, ours: the second one would make it
	// leave without saving its state.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGINT) }
	command.WaitDelay = interruptGrace

	started := time.Now()
	if err := command.Start(); err != nil {
		return Result{}, fmt.Errorf("run %s: %w", w.program, err)
	}
	watched := make(chan struct{})
	watching, stop := context.WithCancel(ctx)
	go func() {
		defer close(watched)
		if watch != nil {
			watch(watching, command.Process.Pid)
		}
	}()
	err := command.Wait()
	elapsed := time.Since(started)
	stop()
	<-watched

	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return Result{}, context.Cause(ctx)
	case err != nil && !errors.As(err, &exit):
		return Result{}, fmt.Errorf("run %s: %w", w.program, err)
	}
	result := Result{
		Output: withoutOverrideWarning(stdout.String()) + stderr.String(),
		Code:   command.ProcessState.ExitCode(), Elapsed: elapsed,
		CPU: command.ProcessState.UserTime() + command.ProcessState.SystemTime(),
	}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		result.MaxRSS = maxRSSBytes(usage)
	}
	return result, nil
}

// Do runs a command that must succeed.
func (w *Workspace) Do(ctx context.Context, arguments ...string) (Result, error) {
	result, err := w.Run(ctx, arguments...)
	if err == nil && result.Code != 0 {
		err = &FailedError{Command: w.program + " " + strings.Join(arguments, " "), Result: result}
	}
	return result, err
}

// FailedError says that a command ended with another exit code than 0.
type FailedError struct {
	Command string
	Result  Result
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("%s: exit code %d\n%s", e.Command, e.Result.Code, e.Result.Output)
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command pgphase does what is done once, beside Terraform: it writes the
// configuration of a database that exists.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `Usage: pgphase <command> [flags]

Commands:
  generate   write the configuration of tables that exist, with import blocks

pgphase <command> -help lists the flags of a command.
`

// Exit codes: that of a failure, and that of a command line that makes no sense,
// as the flag package has it.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	if len(arguments) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	switch arguments[0] {
	case "generate":
		return report(stderr, runGenerate(ctx, arguments[1:], stdout, stderr))
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, usage)
		return 0
	}
	fmt.Fprintf(stderr, "pgphase: there is no command %q\n\n%s", arguments[0], usage)
	return exitUsage
}

// usageError is a command line that makes no sense.
type usageError struct{ reason string }

func (e *usageError) Error() string { return e.reason }

// report says what failed and returns the exit code.
func report(stderr io.Writer, err error) int {
	wrong := (*usageError)(nil)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "pgphase: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "pgphase: %v\n", err)
	return exitFailure
}

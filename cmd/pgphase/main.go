// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command pgphase does what is done beside Terraform: it writes the configuration
// of a database that exists, tells what a plan does, and shows how far changes are.
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
  export      write what applies ran as migrations of Flyway, Prisma, Atlas, Liquibase and others
  generate    write the configuration of tables that exist, with import blocks
  review      tell what a plan does to the database: for a pull request, a browser, machines
  status      show open transitions, the progress of backfills and index builds, and who waits for whom
  undeclared  name what the database has and a Terraform state does not
  version     print the version

pgphase <command> -help lists the flags of a command.
`

// version is set by the linker when a release is built.
var version = "dev"

// Exit codes: that of a failure, that of a command line that makes no sense, as
// the flag package has it, and that of a plan or a database in which there is what
// -fail-on names.
const (
	exitFailure = 1
	exitUsage   = 2
	exitFound   = 3
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
	case "export":
		return report(stderr, runExport(ctx, arguments[1:], stdout, stderr))
	case "generate":
		return report(stderr, runGenerate(ctx, arguments[1:], stdout, stderr))
	case "review":
		return report(stderr, runReview(arguments[1:], os.Stdin, stdout))
	case "undeclared":
		return report(stderr, runUndeclared(ctx, arguments[1:], os.Stdin, stdout))
	case "status":
		return report(stderr, runStatus(ctx, arguments[1:], stdout))
	case "version", "-version", "--version":
		fmt.Fprintln(stdout, "pgphase", version)
		return 0
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

// parse reads the flags of a command, whose arguments are all flags. -help is
// flag.ErrHelp, after the text went to standard output.
func parse(flags *flag.FlagSet, arguments []string, usage string, stdout io.Writer) error {
	flags.SetOutput(io.Discard) // errors are reported once, by the caller
	err := flags.Parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return err
	case err != nil:
		return &usageError{fmt.Sprintf("%v; %s -help lists the flags", err, flags.Name())}
	case flags.NArg() > 0:
		return &usageError{fmt.Sprintf("%q is not a flag; %s -help lists the flags", flags.Arg(0), flags.Name())}
	}
	return nil
}

// report says what failed and returns the exit code.
func report(stderr io.Writer, err error) int {
	var (
		wrong   *usageError
		refused *refusedError
		found   *foundError
		others  *undeclaredError
	)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &refused), errors.As(err, &found), errors.As(err, &others):
		fmt.Fprintf(stderr, "pgphase: %v\n", err)
		return exitFound
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "pgphase: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "pgphase: %v\n", err)
	return exitFailure
}

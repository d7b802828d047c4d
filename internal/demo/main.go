// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command demo shows pgphase at work: it starts a throw-away PostgreSQL, lets an
// application read and write a small shop, and changes the tables underneath it:
// five times in one step, and four times in three phases, with old and new code
// at once. It prints what is planned, ends with what the application noticed and
// a comparison of what writers were told with what is stored, and fails if that
// is not what was promised.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// limit ends a demonstration that hangs.
const limit = 10 * time.Minute

// options are the flags.
type options struct {
	terraform string
	major     int
	size      size
	// idle is how long the application is watched before anything changes.
	idle time.Duration
	// think is how long a session waits between requests. It keeps a machine
	// with two processors from being saturated: the latencies are to show locks
	// and not the queue for a processor.
	think time.Duration
	// report is how long the report keeps its transaction open.
	report time.Duration
	// bound is what no statement of the application may take.
	bound time.Duration
}

func main() {
	o := options{size: size{users: 20_000, products: 2_000, orders: 60_000}, think: 5 * time.Millisecond, report: 3 * lockTimeout}
	flag.StringVar(&o.terraform, "terraform", "terraform", "`program` to run: Terraform or OpenTofu")
	flag.IntVar(&o.major, "postgres", pgtest.Newest(), "major `version` of PostgreSQL")
	flag.DurationVar(&o.idle, "idle", 2*time.Second, "how long the application is watched before the changes")
	flag.DurationVar(&o.bound, "bound", lockTimeout+slack, "how long no statement of the application may take")
	flag.Parse()

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	bounded, end := context.WithTimeout(ctx, limit)
	err := run(bounded, os.Stdout, o)
	interrupted := ctx.Err() != nil
	end()
	cancel()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "\nInterrupted. The server and its data are gone.")
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "\n%v\n", err)
		os.Exit(1)
	}
}

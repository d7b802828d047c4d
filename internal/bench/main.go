// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures what the provider costs, each time against what it is
// instead of: a plan without changes against one of terraform_data, a plan of
// changes with a look at the server against one without, a backfill
// against one plain UPDATE, a dual-write trigger against none. What is compared
// is measured in turns, in one run on one machine, so that what else the machine
// does hits both; the ratios are what counts.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// options are the flags.
type options struct {
	terraform  string
	major      int
	only       string
	tables     int
	changed    int
	rows       int
	updates    int
	runs       int
	cpuProfile string
}

// measurements are all, in the order in which they run.
var measurements = []struct {
	name    string
	measure func(context.Context, io.Writer, options) error
}{
	{"plan", measurePlans},
	{"changes", measureChanges},
	{"backfill", measureBackfills},
	{"trigger", measureTriggers},
}

func main() {
	var names []string
	for _, m := range measurements {
		names = append(names, m.name)
	}
	var o options
	flag.StringVar(&o.terraform, "terraform", "terraform", "`program` to run: Terraform or OpenTofu")
	flag.IntVar(&o.major, "postgres", pgtest.Newest(), "major `version` of PostgreSQL")
	flag.StringVar(&o.only, "only", "", "the one `measurement` to make: "+strings.Join(names, ", "))
	flag.IntVar(&o.tables, "tables", 1000, "tables of the plan, each of 12 columns with 2 indexes: 3 resources")
	flag.IntVar(&o.changed, "changed", 200, "tables of the plan that changes them all, each of 12 columns with 2 indexes")
	flag.IntVar(&o.rows, "rows", 1_000_000, "rows of the backfill")
	flag.IntVar(&o.updates, "updates", 5000, "single updates of each kind and run that fire the trigger or not")
	flag.IntVar(&o.runs, "runs", 5, "measurements of each kind; the median counts")
	flag.StringVar(&o.cpuProfile, "cpuprofile", "", "write a CPU profile of the provider in one more plan to this `file`")
	flag.Parse()

	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, o)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run measures and reports.
func run(ctx context.Context, w io.Writer, o options) error {
	fmt.Fprintf(w, "%s\n\n", machine())
	found := false
	for _, m := range measurements {
		if o.only != "" && o.only != m.name {
			continue
		}
		found = true
		if err := m.measure(ctx, w, o); err != nil {
			return fmt.Errorf("measure %s: %w", m.name, err)
		}
	}
	if !found {
		return fmt.Errorf("there is no measurement %q", o.only)
	}
	return nil
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures what a plan without changes costs: that of many tables
// and indexes against one of as many terraform_data resources, which Terraform
// keeps without a provider process and without a server. Both are measured in
// turns, so that what else the machine does hits both.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// options are the flags.
type options struct {
	terraform  string
	major      int
	tables     int
	runs       int
	cpuProfile string
}

func main() {
	var o options
	flag.StringVar(&o.terraform, "terraform", "terraform", "`program` to run: Terraform or OpenTofu")
	flag.IntVar(&o.major, "postgres", pgtest.Newest(), "major `version` of PostgreSQL")
	flag.IntVar(&o.tables, "tables", 1000, "tables, each of 12 columns with 2 indexes: 3 resources")
	flag.IntVar(&o.runs, "runs", 5, "plans of each kind; the median counts")
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

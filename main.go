// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-pgphase serves the provider to Terraform and
// OpenTofu.
package main

import (
	"flag"
	"log"
	"os"
	debugging "runtime/debug"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
)

// garbageTarget lets the heap grow to four times of what is in use before it is
// collected: a provider lives for the seconds of one command and decodes every
// resource several times. At Go's default a third of its processor time went
// into collecting (measured with 60 tables).
const garbageTarget = 300

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve until interrupted, and print how Terraform can attach to this process")
	flag.Parse()
	provider.LimitLogs()
	if os.Getenv("GOGC") == "" {
		debugging.SetGCPercent(garbageTarget)
	}

	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	server := provider.NewServer(version)
	err := tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return server }, options...)
	// Without this the server would log each end of a run as a lost client.
	server.Close()
	if err != nil {
		log.Fatal(err)
	}
}

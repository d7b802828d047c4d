// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-pgphase serves the provider to Terraform and
// OpenTofu.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
)

// version is set by the linker when a release is built.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve until interrupted, and print how Terraform can attach to this process")
	flag.Parse()
	provider.LimitLogs()

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

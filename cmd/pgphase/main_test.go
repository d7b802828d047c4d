// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// TestMain serves the provider where Terraform starts this program under the
// provider's name, and is the command where a pipeline starts it under that.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "pgphase" {
		main()
	}
	if filepath.Base(os.Args[0]) == terraform.ProviderBinary {
		provider.LimitLogs()
		server := provider.NewServer("test")
		err := tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return server })
		server.Close()
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	// libpq's variables of whoever runs the tests would reach the command.
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "PGPHASE_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

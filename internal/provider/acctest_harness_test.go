// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

const harnessTable = `resource "pgphase_table" "t" {
  name                = "t"
  columns             = { id = { type = "bigint", nullable = false } }
  deletion_protection = false
}
`

// TestAccProviderBlock configures the provider through plugin-testing, on each
// version.
func TestAccProviderBlock(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		good := testAccConfig(db, harnessTable)
		bad := strings.Replace(good, "url", "lock_timeout = \"0s\"\n  url", 1)
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: protoV6ProviderFactories(t),
			Steps: []resource.TestStep{
				{Config: bad, ExpectError: regexp.MustCompile(`0s makes no sense here`)},
				{Config: good},
			},
		})
	})
}

// The whole way of a configuration with the real program, and a provider block
// that it does not accept.
func TestAccCLI(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	c := newCLI(t, pgtest.Shared(t, pgtest.Newest()).Database(t))
	c.write(harnessTable)
	if output, code := c.run("validate", "-no-color"); code != 0 || !strings.Contains(output, "The configuration is valid") {
		t.Errorf("validate: exit code %d\n%s", code, output)
	}
	if output, code := c.plan("-out=saved"); code != 2 || strings.Contains(output, "development overrides") {
		t.Errorf("plan: exit code %d\n%s", code, output)
	}
	c.mustApply("saved")
	c.mustPlanNothing()
	c.mustPlanNothing("-refresh-only")
	c.settings = "  lock_timeout = \"500\""
	c.write(harnessTable)
	if output, code := c.plan(); code != 1 || !strings.Contains(output, `"500" is not a duration`) {
		t.Errorf("plan: exit code %d\n%s", code, output)
	}
}

// A provider that is killed, and one that Ctrl-C reaches, are what the tests of
// interrupted changes are made of. Here they wait for a server that never
// answers, and the end of the connection shows the end of the provider.
func TestAccCLIKillAndInterrupt(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	for name, test := range map[string]struct {
		end  func(*running)
		code int
	}{
		"interrupt":     {(*running).interrupt, 1},
		"kill provider": {(*running).killProvider, 1},
		"kill all":      {(*running).kill, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			silent := listen(t)
			c := newCLI(t, nil)
			c.settings = fmt.Sprintf("  url = \"postgres://u@%s/db\"\n  connect_timeout = \"2m\"", silent.Addr())
			c.write(harnessTable)
			r := c.start("plan", "-no-color", "-input=false")
			conn := accept(t, silent, r)
			test.end(r)
			if output, code := r.wait(); code != test.code {
				t.Errorf("exit code %d, want %d\n%s", code, test.code, output)
			}
			if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the provider lives")
			}
		})
	}
}

// accept waits until the provider of a command connects.
func accept(t testing.TB, listener net.Listener, r *running) net.Conn {
	t.Helper()
	connections := make(chan net.Conn, 1)
	go func() {
		if conn, err := listener.Accept(); err == nil {
			connections <- conn
		}
	}()
	select {
	case conn := <-connections:
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	case <-r.ended:
		t.Fatalf("ended without a connection:\n%s", r.result.Output)
		return nil
	}
}

// The program that is released serves too: main is otherwise not run by tests.
func TestAccMain(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	directory := t.TempDir()
	if err := terraform.Build(t.Context(), directory); err != nil {
		t.Fatal(err)
	}
	workspace, err := terraform.NewWorkspace(t.TempDir(), "terraform", directory)
	if err != nil {
		t.Fatal(err)
	}
	if err := workspace.Write("main.tf", terraform.ProviderBlock("  port = \"0\"")+"\n"+harnessTable); err != nil {
		t.Fatal(err)
	}
	result, err := workspace.Run(t.Context(), "validate", "-no-color")
	if err != nil {
		t.Fatal(err)
	}
	if result.Code != 1 || !strings.Contains(result.Output, `"0" is not a port`) {
		t.Errorf("exit code %d\n%s", result.Code, result.Output)
	}
	// Without Terraform it says what it is, instead of waiting for somebody.
	output, err := exec.CommandContext(t.Context(), filepath.Join(directory, terraform.ProviderBinary)).CombinedOutput()
	if err == nil || !strings.Contains(string(output), "This binary is a plugin") {
		t.Errorf("%v\n%s", err, output)
	}
}

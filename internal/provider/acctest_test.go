// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

const (
	// pidFileVariable names the file in which a provider leaves its pid for
	// the test that wants to kill it.
	pidFileVariable = "PGPHASE_TEST_PID_FILE"
	// tofuVariable is the path of an OpenTofu that is not on PATH.
	tofuVariable = "PGPHASE_TOFU"
	// viaTofuVariable is set in the child process that repeats the acceptance
	// tests through OpenTofu.
	viaTofuVariable = "PGPHASE_TEST_VIA_TOFU"
)

// TestMain serves the provider where Terraform starts this program under a
// provider's name: the tests link it there, so that what Terraform runs is the
// code under test, and needs no build of its own.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == terraform.ProviderBinary {
		serveForTest()
		return
	}
	isolateEnvironment()
	os.Exit(m.Run())
}

func serveForTest() {
	if file := os.Getenv(pidFileVariable); file != "" {
		if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
			log.Fatal(err)
		}
	}
	LimitLogs()
	server := NewServer("test")
	err := tf6server.Serve(Address, func() tfprotov6.ProviderServer { return server })
	server.Close()
	if err != nil {
		log.Fatal(err)
	}
}

// isolateEnvironment keeps the settings of whoever runs the tests away from
// them: libpq's variables, and Terraform's command line configuration.
func isolateEnvironment() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "PGPHASE_") || strings.HasPrefix(name, "TF_CLI_") || name == "TF_LOG" {
			_ = os.Unsetenv(name)
		}
	}
	if tofu := findTofu(); os.Getenv(viaTofuVariable) != "" {
		// plugin-testing reads these once a test case; they hold for the process.
		_ = os.Setenv("TF_ACC_TERRAFORM_PATH", tofu)
		_ = os.Setenv("TF_ACC_PROVIDER_HOST", "registry.opentofu.org")
		_ = os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "hashicorp")
	}
}

// requireAcceptance skips tests that run Terraform unless they are asked for.
func requireAcceptance(t testing.TB) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: tests that run terraform are left out")
	}
}

// findTofu returns the path of OpenTofu, or "".
func findTofu() string {
	if path := os.Getenv(tofuVariable); path != "" {
		return path
	}
	path, err := exec.LookPath("tofu")
	if err != nil {
		return ""
	}
	return path
}

// protoV6ProviderFactories serves the provider within the test process, for
// resource.TestCase. It goes after the database of the test: the sessions end
// before the database is dropped.
func protoV6ProviderFactories(t testing.TB) map[string]func() (tfprotov6.ProviderServer, error) {
	t.Helper()
	requireAcceptance(t)
	return map[string]func() (tfprotov6.ProviderServer, error){
		"pgphase": func() (tfprotov6.ProviderServer, error) {
			server := NewServer("test")
			t.Cleanup(server.Close)
			return server, nil
		},
	}
}

// testAccConfig puts the provider block for a database before a configuration.
func testAccConfig(db *pgtest.Database, hcl string) string {
	return fmt.Sprintf("provider \"pgphase\" {\n  url = %q\n}\n\n%s", db.URL(), hcl)
}

// TestAccOpenTofu repeats the acceptance tests through OpenTofu. It takes a
// process of its own, as plugin-testing finds its program in the environment.
func TestAccOpenTofu(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	if os.Getenv(viaTofuVariable) != "" {
		t.Skip("this is the process that runs OpenTofu")
	}
	tofu := findTofu()
	if tofu == "" {
		t.Skip("there is no tofu on PATH, and " + tofuVariable + " is not set")
	}
	tests := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAcc", "-test.skip=^TestAccMain$", "-test.v="+strconv.FormatBool(testing.Verbose()))
	tests.Env = append(os.Environ(), viaTofuVariable+"=1", tofuVariable+"="+tofu)
	output, err := tests.CombinedOutput()
	if err != nil {
		t.Errorf("through %s: %v\n%s", tofu, err, output)
	} else {
		t.Logf("%s", output)
	}
}

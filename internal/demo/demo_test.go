// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// TestDemo tells the whole story over fewer rows. The bound of the stall is
// wide, because it depends on what else the machine does while tests run.
func TestDemo(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: tests that run terraform are left out")
	}
	program := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if program == "" {
		found, err := exec.LookPath("terraform")
		if err != nil {
			t.Fatal(err)
		}
		program = found
	}
	var output bytes.Buffer
	err := run(t.Context(), &output, options{
		terraform: program, major: pgtest.Newest(), size: size{users: 500, products: 100, orders: 2000}, idle: 200 * time.Millisecond,
		think: 20 * time.Millisecond, report: lockTimeout + 100*time.Millisecond, bound: 10 * time.Second,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, &output)
	}
	for i, c := range changes {
		if !strings.Contains(output.String(), c.title) {
			t.Errorf("change %d is not told:\n%s", i+1, &output)
		}
	}
	for i, transition := range transitions {
		if !strings.Contains(output.String(), transition.title) {
			t.Errorf("transition %d is not told:\n%s", i+1, &output)
		}
	}
	for _, statement := range []string{
		"ADD COLUMN currency", "CREATE INDEX CONCURRENTLY", "NOT VALID", "VALIDATE CONSTRAINT", "SHARE ROW EXCLUSIVE",
		"ADD COLUMN display_name", "DROP COLUMN login", "DROP COLUMN full_name", "DROP COLUMN fax", "drops for good; ACCESS EXCLUSIVE on public.order_items",
	} {
		if !strings.Contains(output.String(), statement) {
			t.Errorf("no plan shows %s:\n%s", statement, &output)
		}
	}
}

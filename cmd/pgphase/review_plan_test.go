// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/review"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// record writes the plans anew that the tests of internal/review read:
// go test ./cmd/pgphase -run TestRecordedPlans -args -record.
var record = flag.Bool("record", false, "record the plans of internal/review/testdata")

const recorded = "../../internal/review/testdata"

// The reports are tested with recorded plans. Terraform makes them again here,
// and they have to say the same.
func TestRecordedPlans(t *testing.T) {
	t.Parallel()
	for _, story := range []string{"story", "odd", "failed"} {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			db := pgtest.Shared(t, pgtest.Newest()).Database(t)
			w := newWorkspace(t, db)
			useEnvironment(t, w, db)
			configuration := func(name string) bool {
				content, err := os.ReadFile(filepath.Join("testdata/review", story, name))
				if os.IsNotExist(err) {
					return false
				}
				if err == nil {
					err = w.Write("main.tf", string(content))
				}
				if err != nil {
					t.Fatal(err)
				}
				return true
			}
			for i := 1; configuration(fmt.Sprintf("%d.tf", i)); i++ {
				do(t, w, "apply", "-no-color", "-input=false", "-auto-approve")
			}
			if story == "story" {
				db.Exec(t, "INSERT INTO customers (nickname) SELECT 'c' || n FROM generate_series(1, 1000) AS n; ANALYZE customers")
			}
			configuration("plan.tf")

			planned, err := w.Run(t.Context(), "plan", "-json", "-input=false", "-out=tfplan")
			if err != nil {
				t.Fatal(err)
			}
			// Stream and plan, as the pipelines keep them.
			streamFile, planFile := filepath.Join(recorded, story+".jsonl"), filepath.Join(recorded, story+".json")
			stream, plan := normalStream(t, planned.Output), []byte(nil)
			if story != "failed" {
				plan = normalPlan(t, do(t, w, "show", "-json", "tfplan"))
			} else if planned.Code == 0 {
				t.Fatalf("the plan has not failed:\n%s", planned.Output)
			}
			if *record {
				for name, content := range map[string][]byte{streamFile: stream, planFile: plan} {
					if content == nil {
						continue
					}
					if err := os.WriteFile(name, content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			now := readReport(t, stream, plan)
			before, err := os.ReadFile(streamFile)
			if err != nil {
				t.Fatal(err)
			}
			beforePlan, err := os.ReadFile(planFile)
			if err != nil && plan != nil {
				t.Fatal(err)
			}
			// The texts of statements and warnings are tested where they are written; what
			// a detail says of sizes and times changes from run to run.
			if diff := cmp.Diff(readReport(t, before, beforePlan), now, cmpopts.IgnoreFields(review.Finding{}, "Summary", "Detail"), cmpopts.IgnoreFields(review.Operation{}, "SQL"), cmpopts.IgnoreUnexported(review.Change{}, review.Finding{})); diff != "" {
				t.Errorf("the recorded plan says something else (-recorded +now); record it anew with -args -record:\n%s", diff)
			}
		})
	}
}

func readReport(t *testing.T, stream, plan []byte) *review.Report {
	t.Helper()
	in := review.Input{Stream: bytes.NewReader(stream)}
	if plan != nil {
		in.Plan = bytes.NewReader(plan)
	}
	r, err := review.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// useEnvironment has the provider of a workspace connect by libpq's variables,
// so that the plan does not name a server.
func useEnvironment(t *testing.T, w *terraform.Workspace, db *pgtest.Database) {
	t.Helper()
	for name, value := range connectionVariables(t, db) {
		w.Setenv(name, value)
	}
	if err := w.Write("provider_test.tf", "terraform {\n  required_providers {\n    pgphase = { source = \"pgphase/pgphase\" }\n  }\n}\n\nprovider \"pgphase\" {}\n"); err != nil {
		t.Fatal(err)
	}
}

func connectionVariables(t *testing.T, db *pgtest.Database) map[string]string {
	t.Helper()
	config, err := pgx.ParseConfig(db.URL())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"PGHOST": config.Host, "PGPORT": strconv.FormatUint(uint64(config.Port), 10), "PGUSER": config.User, "PGPASSWORD": config.Password,
		"PGDATABASE": config.Database, "PGSSLMODE": "disable",
	}
}

// normalPlan is a plan without what differs from run to run.
func normalPlan(t *testing.T, text string) []byte {
	t.Helper()
	var plan map[string]any
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatal(err)
	}
	plan["timestamp"] = "2026-01-01T00:00:00Z"
	// Nothing reads them, and they are half of the file.
	delete(plan, "planned_values")
	delete(plan, "prior_state")
	content, err := json.MarshalIndent(plan, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(content, '\n')
}

var changing = regexp.MustCompile(`"@timestamp":"[^"]*"`)

// normalStream are the messages that a report reads, in an order that does not
// depend on what Terraform planned first.
func normalStream(t *testing.T, output string) []byte {
	t.Helper()
	var lines []string
	for line := range strings.Lines(output) {
		if strings.Contains(line, `"type":"diagnostic"`) && !strings.Contains(line, "Provider development overrides") {
			lines = append(lines, changing.ReplaceAllString(line, `"@timestamp":"2026-01-01T00:00:00.000000Z"`))
		}
	}
	if len(lines) == 0 {
		lines = []string{`{"type":"version"}` + "\n"}
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, ""))
}

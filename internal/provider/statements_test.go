// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// What was reviewed is what runs: the statements of an apply that change
// something are those of the saved plan, each in its transaction, no less and
// no more. Until then nothing is written at all. The witness is the server's
// log.
func TestAccStatementsAreThoseOfThePlan(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		c := newCLI(t, db)
		c.settings = "  deletion_protection = false"
		all := newCrowd(t, db, sequencesOf(server.Major))
		c.write(all.base)
		c.mustApply()
		all.load(t, db)

		db.Forget(t)
		before := pgtest.PgDump(t, db)
		c.write(all.change)
		if output, code := c.run("validate", "-no-color"); code != 0 {
			t.Fatalf("validate: exit code %d\n%s", code, output)
		}
		if output, code := c.plan("-refresh-only"); code != 1 && code != 0 {
			t.Fatalf("refresh: exit code %d\n%s", code, output)
		}
		planned, code := c.plan("-json", "-out=saved")
		if code != 2 {
			t.Fatalf("plan: exit code %d\n%s", code, planned)
		}
		for _, s := range committed(db.Statements(t)) {
			t.Errorf("sent before the apply: %s", s.sql)
		}
		if diff := gocmp.Diff(before, pgtest.PgDump(t, db)); diff != "" {
			t.Errorf("changed before the apply: %s", diff)
		}

		want := append(plannedOf(t, c, "saved"), plannedDrops(t, planned)...)
		db.Forget(t)
		c.mustApply("saved")
		got := committed(db.Statements(t))
		if len(want) == 0 || len(got) == 0 {
			t.Fatalf("%d planned, %d sent", len(want), len(got))
		}
		t.Logf("%d statements", len(got))
		for i := range got {
			got[i].pid = ""
		}
		if diff := gocmp.Diff(inAnyOrder(want), inAnyOrder(got), gocmp.AllowUnexported(sentStatement{})); diff != "" {
			t.Errorf("planned (-) and sent (+):\n%s", diff)
		}
		c.mustPlanNothing()
		mustLeaveNothing(t, db.Connect(t))
	})
}

// crowd is many sequences in one configuration, each in a schema of its own.
type crowd struct {
	sequences    []sequence
	base, change string
}

func newCrowd(t testing.TB, db *pgtest.Database, sequences []sequence) crowd {
	t.Helper()
	var c crowd
	for i, s := range sequences {
		s = s.in(crowdSchema(i))
		c.sequences = append(c.sequences, s)
		c.base += s.base
		c.change += s.change
		db.Exec(t, "CREATE SCHEMA "+crowdSchema(i))
	}
	return c
}

func crowdSchema(i int) string { return fmt.Sprintf("s%02d", i) }

func (c crowd) load(t testing.TB, db *pgtest.Database) {
	t.Helper()
	for i, s := range c.sequences {
		s.load(t, db, crowdSchema(i))
	}
}

// inAnyOrder sorts statements, as tables are worked on at the same time. A
// backfill is one statement however often it runs.
func inAnyOrder(statements []sentStatement) []sentStatement {
	sorted := slices.SortedFunc(slices.Values(statements), func(a, b sentStatement) int {
		return cmp.Compare(a.sql, b.sql)
	})
	return slices.CompactFunc(sorted, func(a, b sentStatement) bool {
		return a.sql == b.sql && strings.Contains(a.sql, "$1::tid")
	})
}

// plannedOf returns the operations of a saved plan.
func plannedOf(t testing.TB, c *cli, file string) []sentStatement {
	t.Helper()
	output, code := c.run("show", "-json", file)
	if code != 0 {
		t.Fatalf("show: exit code %d\n%s", code, output)
	}
	var plan struct {
		ResourceChanges []struct {
			Change struct {
				Actions []string
				After   struct {
					Operations []struct{ SQL string }
				}
			}
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(output), &plan); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var statements []sentStatement
	for _, resource := range plan.ResourceChanges {
		for _, operation := range resource.Change.After.Operations {
			statements = append(statements, statementsOf(operation.SQL)...)
		}
	}
	return statements
}

// plannedDrops returns what the warnings of a plan announce, as a destroy has
// no planned value.
func plannedDrops(t testing.TB, output string) []sentStatement {
	t.Helper()
	var statements []sentStatement
	for line := range strings.Lines(output) {
		var message struct {
			Diagnostic struct{ Detail string }
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("%v\n%s", err, line)
		}
		_, sql, found := strings.Cut(message.Diagnostic.Detail, "Destroying it runs:\n\n")
		if sql, _, ends := strings.Cut(sql, "\n\nLocks:"); found && ends {
			statements = append(statements, statementsOf(strings.ReplaceAll("\n"+sql, "\n    ", "\n")[1:]+"\n")...)
		}
	}
	return statements
}

// statementsOf takes the text of an operation apart.
func statementsOf(sql string) []sentStatement {
	var statements []sentStatement
	within := false
	for text := range strings.SplitSeq(strings.TrimSuffix(sql, ";\n"), ";\n") {
		switch text {
		case "BEGIN":
			within = true
		case "COMMIT":
			within = false
			statements[len(statements)-1].last = true
		default:
			if control.MatchString(text) {
				continue
			}
			statements = append(statements, sentStatement{sql: text, last: !within})
		}
	}
	return statements
}

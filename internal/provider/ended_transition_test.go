// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// An apply ends a transition, and dies before its state is written: the state
// still has the words of the transition, for what has never been there or has
// gone. They must not be taken for the words of what is there: the transition
// could never be begun again.
func TestAccTransitionEndedWithoutState(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	column := func(typ, phase string) string {
		return fmt.Sprintf("resource \"pgphase_column\" \"c\" {\n  table = \"public.t\"\n  name = \"v\"\n  type = %q\n  %s\n}\n", typ, phase)
	}
	key := func(columns, key, phase string) string {
		return fmt.Sprintf("resource \"pgphase_table\" \"t\" {\n  name = \"t\"\n  columns = { %s }\n  primary_key = { columns = [%q] }\n  deletion_protection = false\n  %s\n}\n", columns, key, phase)
	}
	for name, test := range map[string]struct {
		sql    string
		before string
		after  func(phase string) string
		want   string
	}{
		"retyped": {
			before: phasedTable("t", `v = { type = "integer", default = "7" }`, ""),
			after:  func(phase string) string { return phasedTable("t", `v = { type = "bigint", default = "8" }`, phase) },
			want:   "CREATE TABLE t (id integer CONSTRAINT t_pkey PRIMARY KEY, v bigint DEFAULT 8)",
		},
		"retyped column": {
			sql:    "CREATE TABLE t (id integer CONSTRAINT t_pkey PRIMARY KEY, v integer)",
			before: column("integer", ""),
			after:  func(phase string) string { return column("bigint", phase) },
			want:   "CREATE TABLE t (id integer CONSTRAINT t_pkey PRIMARY KEY, v bigint)",
		},
		"key replaced": {
			before: key(`id = { type = "integer" }`, "id", ""),
			after: func(phase string) string {
				return key(`key = { type = "integer", replaces = { columns = ["id"] } }`, "key", phase)
			},
			want: "CREATE TABLE t (key integer CONSTRAINT t_pkey PRIMARY KEY)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhases(t, pgtest.Shared(t, pgtest.Newest()))
			if test.sql != "" {
				p.db.Exec(t, test.sql)
			}
			file := filepath.Join(p.workspace.Dir, "terraform.tfstate")
			// lose applies a configuration, and forgets what its state says.
			lose := func(hcl string) {
				t.Helper()
				state, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				p.write(hcl)
				p.mustApply()
				if err := os.WriteFile(file, state, 0o600); err != nil {
					t.Fatal(err)
				}
				if output, code := p.plan(); code == 1 || strings.Contains(output, " sql ") {
					t.Fatalf("exit code %d\n%s", code, output)
				}
				p.mustApply()
				p.mustPlanNothing()
			}
			phase := func(name string) string { return test.after(fmt.Sprintf("phase = %q", name)) }
			p.write(test.before)
			p.mustApply()
			p.write(phase("expand"))
			p.mustApply()
			lose(test.before)
			p.write(phase("expand"))
			if output := p.mustApply(); !strings.Contains(output, " sql ") {
				t.Errorf("the second beginning does nothing:\n%s", output)
			}
			p.write(phase("migrate"))
			p.mustApply()
			lose(phase("contract"))
			p.ended("contract", test.want)
		})
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// liveTables are tables with an index each, at a stage of their changes.
func liveTables(tables int, stage string) string {
	var b strings.Builder
	for i := range tables {
		columns, rest := `user_name = { type = "text" }`, ""
		switch stage {
		case "check":
			rest = `checks = { t` + strconv.Itoa(i) + `_check = { expression = "id > 0" } }`
		case "expand", "migrate", "contract":
			columns, rest = `display_name = { type = "text", replaces = { columns = ["user_name"] } }`, fmt.Sprintf("phase = %q", stage)
		}
		fmt.Fprintf(&b, `
resource "pgphase_table" "t%[1]d" {
  name    = "t%[1]d"
  columns = { id = { type = "bigint", nullable = false }, %[2]s }
  primary_key = { columns = ["id"] }
  %[3]s
}
`, i, columns, rest)
		if stage == "base" {
			fmt.Fprintf(&b, "\nresource \"pgphase_index\" \"i%[1]d\" {\n  table = pgphase_table.t%[1]d.id\n  name  = \"i%[1]d\"\n  keys  = [{ column = \"id\", order = \"desc\" }]\n}\n", i)
		}
	}
	return b.String()
}

// What a plan looks up beside the catalog is one statement for each table that
// changes, and a few for the whole run. The witness is the server's log.
func TestLiveChecksAreOneStatementPerTable(t *testing.T) {
	t.Parallel()
	const few, many = 2, 5
	// The transactions, statistics and rates of the server, and the ledger.
	const shared = 12
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for name, test := range map[string]struct {
			before []string
			change string
		}{
			// A check is proven, and an index goes.
			"change":   {[]string{"base"}, "check"},
			"contract": {[]string{"plain", "expand", "migrate"}, "contract"},
			"destroy":  {[]string{"base"}, ""},
		} {
			added := map[int]int{}
			for _, tables := range []int{few, many} {
				db := server.Database(t)
				d := newDirect(t, db.URL())
				for _, stage := range test.before {
					d.mustApply(liveTables(tables, stage))
				}
				sent := map[bool]int{}
				for _, live := range []bool{false, true} {
					d := d.fork(db.URL())
					d.settings["data_checks"], d.settings["live_checks"] = false, live
					config := ""
					if test.change != "" {
						config = liveTables(tables, test.change)
					}
					db.Forget(t)
					changes, err := d.plan(config)
					if err != nil || len(changes) < tables {
						t.Fatalf("%s: %d changes, %v", name, len(changes), err)
					}
					sent[live] = len(db.Statements(t))
				}
				added[tables] = sent[true] - sent[false]
				if added[tables] <= 0 || added[tables] > tables+shared {
					t.Errorf("%s of %d tables: %d statements without live checks, %d with them", name, tables, sent[false], sent[true])
				}
			}
			if more := added[many] - added[few]; more > many-few {
				t.Errorf("%s: %d tables more take %d statements more", name, many-few, more)
			}
		}
	})
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"
)

// transition is a change that code which runs would not survive: it comes in
// phases, and a release of the application with it.
type transition struct {
	title string
	story string
	// short names it in the table of latencies.
	short string
	edits []edit
	// tables are the resources that get a phase.
	tables []string
	// release is the one that knows the new structure only.
	release release
	// writesLarge: once migrated, new code stores what old columns cannot hold.
	writesLarge bool
}

// edit is a text of the configuration that is there once, and what it becomes.
type edit struct{ old, new string }

var transitions = []transition{
	{
		title: "Rename a NOT NULL column",
		short: "rename",
		story: "users.login becomes users.display_name. RENAME COLUMN would break every statement that names the column, at once.",
		edits: []edit{{
			"    login     = { type = \"text\", nullable = false }\n",
			"    display_name = { type = \"text\", nullable = false, replaces = { columns = [\"login\"] } }\n",
		}},
		tables:  []string{"users"},
		release: renamed,
	},
	{
		title: "Split a name",
		short: "split",
		story: "users.full_name becomes first_name and last_name. With up and down, both releases of the application see what the other one writes.",
		edits: []edit{{
			"    full_name = { type = \"text\", nullable = false }\n",
			`    first_name = { type = "text", nullable = false, replaces = { columns = ["full_name"], up = "split_part(full_name, ' ', 1)" } }
    last_name = {
      type     = "text"
      nullable = false
      replaces = {
        columns = ["full_name"]
        up      = "split_part(full_name, ' ', 2)"
        down    = { full_name = "first_name || ' ' || last_name" }
      }
    }
`,
		}},
		tables:  []string{"users"},
		release: nameSplit,
	},
	{
		title: "Take integer ids to bigint",
		short: "bigint ids",
		story: "orders.id, which is an identity and a primary key, and order_items.order_id, which references it. ALTER TYPE would rewrite both tables and " +
			"their indexes while nobody can even read them. As soon as it is migrated, new code stores ids that no integer can hold.",
		edits: []edit{
			{"    id        = { type = \"integer\", identity = \"by default\" }\n", "    id        = { type = \"bigint\", identity = \"by default\" }\n"},
			{"    order_id   = { type = \"integer\" }\n", "    order_id   = { type = \"bigint\" }\n"},
		},
		tables:      []string{"orders", "order_items"},
		release:     widened,
		writesLarge: true,
	},
	{
		title:   "Remove a column",
		short:   "remove",
		story:   "Nobody sends a fax any more, but the old code writes users.fax, which is NOT NULL, and the new code does not.",
		edits:   []edit{{"    fax       = { type = \"text\", nullable = false }\n", ""}},
		tables:  []string{"users"},
		release: withoutFax,
	},
}

// change makes the edits.
func (t transition) change(configuration string) (string, error) {
	for _, e := range t.edits {
		if strings.Count(configuration, e.old) != 1 {
			return "", fmt.Errorf("%s: %q is not exactly once in the configuration", t.title, e.old)
		}
		configuration = strings.Replace(configuration, e.old, e.new, 1)
	}
	return configuration, nil
}

// difference shows the edits as lines.
func (t transition) difference() string {
	var text strings.Builder
	for _, e := range t.edits {
		text.WriteString(lineDifference(e.old, e.new))
	}
	return text.String()
}

// reach sets the phase of the tables.
func (t transition) reach(configuration, phase string) (string, error) {
	for _, table := range t.tables {
		before, rest, found := strings.Cut(configuration, fmt.Sprintf("resource \"pgphase_table\" %q {\n", table))
		block, after, ended := strings.Cut(rest, "\n}\n")
		if !found || !ended {
			return "", fmt.Errorf("%s: the configuration has no table %s", t.title, table)
		}
		var lines strings.Builder
		for line := range strings.Lines(block) {
			if !strings.HasPrefix(line, "  phase ") {
				lines.WriteString(line)
			}
		}
		configuration = fmt.Sprintf("%sresource \"pgphase_table\" %q {\n%s\n  phase = %q\n}\n%s", before, table, strings.TrimRight(lines.String(), "\n"), phase, after)
	}
	return configuration, nil
}

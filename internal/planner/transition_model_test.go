// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// anything is a rule for a statement as it is.
func anything(pattern string, apply func(m *model, g []string)) rule {
	return rule{regexp.MustCompile(`(?s)^` + pattern + `$`), apply}
}

func (m *model) transition(name string) *schema.OpenTransition {
	m.t.Helper()
	for i := range m.table.Transitions {
		if string(m.table.Transitions[i].Name) == name {
			return &m.table.Transitions[i]
		}
	}
	m.t.Fatalf("the transition %s is not open", name)
	return nil
}

// record reads the definition that the ledger gets.
func (m *model) record(literal string) {
	m.t.Helper()
	text := strings.ReplaceAll(literal, "''", "'")
	var t schema.OpenTransition
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		m.t.Fatalf("%s: %v", text, err)
	}
	m.table.Transitions = slices.DeleteFunc(m.table.Transitions, func(o schema.OpenTransition) bool { return o.Name == t.Name })
	m.table.Transitions = append(m.table.Transitions, t)
}

// dropColumn refuses what PostgreSQL would refuse, what would vanish unseen, and
// what the rules of phases forbid.
func (m *model) dropColumn(name schema.Name) {
	m.t.Helper()
	m.column(string(name))
	for _, t := range m.table.Transitions {
		replaced := t.Kind == schema.ColumnReplaced && slices.Contains(t.Old, name)
		if replaced && (t.Phase != schema.Migrate || !m.verified) {
			m.t.Errorf("%s is dropped, and its replacement is not complete: %s, verified: %v", name, t.Phase, m.verified)
		}
		if slices.ContainsFunc(m.table.Triggers, func(g schema.Trigger) bool { return g.Name == t.Trigger }) &&
			slices.Contains(append(slices.Clone(t.Old), t.New...), name) {
			m.t.Errorf("%s is dropped before the trigger %s", name, t.Trigger)
		}
	}
	for _, k := range m.keys() {
		if slices.Contains(k.Columns, name) {
			m.t.Errorf("%s is dropped, and %s with it", name, k.Name)
		}
	}
	for _, c := range m.table.Checks {
		if c.Expression.Mentions(name) {
			m.t.Errorf("%s is dropped, and %s with it", name, c.Name)
		}
	}
	m.table.Columns = slices.DeleteFunc(m.table.Columns, func(c schema.Column) bool { return c.Name == name })
}

// renameColumn renames a column in all that names it, as the server shows it.
func (m *model) renameColumn(from, to schema.Name) {
	m.t.Helper()
	if m.table.Column(to) != nil {
		m.t.Errorf("there is a column %s already", to)
	}
	m.table.Columns = slices.Clone(m.table.Columns)
	m.column(string(from)).Name = to
	m.table.Indexes, m.table.Checks = slices.Clone(m.table.Indexes), slices.Clone(m.table.Checks)
	for i, index := range m.table.Indexes {
		m.table.Indexes[i].Keys = slices.Clone(index.Keys)
		for k, key := range index.Keys {
			if key.Column == from {
				m.table.Indexes[i].Keys[k].Column = to
			}
		}
	}
	for i, check := range m.table.Checks {
		if renamed, sure := check.Expression.WithColumn(from, to); sure && check.Expression.Mentions(from) {
			m.table.Checks[i].Expression, m.table.Checks[i].Columns = renamed, []schema.Name{to}
		}
	}
}

func (m *model) keys() []schema.Key {
	keys := slices.Clone(m.table.Uniques)
	if m.table.PrimaryKey != nil {
		keys = append(keys, *m.table.PrimaryKey)
	}
	return keys
}

// useIndex makes a constraint of an index.
func (m *model) useIndex(name, kind, index string) {
	m.t.Helper()
	built := m.table.Index(schema.Name(index))
	if built == nil || built.Constraint != "" || !built.Unique {
		m.t.Fatalf("the index %s cannot back %s", index, name)
	}
	built.Name.Name, built.Constraint = schema.Name(name), schema.Name(name)
	key := schema.Key{Name: schema.Name(name)}
	for _, k := range built.Keys {
		key.Columns = append(key.Columns, k.Column)
	}
	if kind == "PRIMARY KEY" {
		for _, column := range key.Columns {
			if m.column(string(column)).Nullable {
				m.t.Errorf("the primary key would scan for NULLs of %s", column)
			}
		}
		m.table.PrimaryKey = &key
		return
	}
	m.table.Uniques = append(m.table.Uniques, key)
}

func (m *model) dropConstraint(name string) {
	m.t.Helper()
	is := func(n schema.Name) bool { return string(n) == name }
	m.table.Indexes = slices.DeleteFunc(m.table.Indexes, func(i schema.Index) bool { return is(i.Constraint) })
	switch {
	case m.table.PrimaryKey != nil && is(m.table.PrimaryKey.Name):
		m.table.PrimaryKey = nil
	case m.table.Unique(schema.Name(name)) != nil:
		m.table.Uniques = slices.DeleteFunc(m.table.Uniques, func(k schema.Key) bool { return is(k.Name) })
	default:
		m.check(name)
		m.table.Checks = slices.DeleteFunc(m.table.Checks, func(c schema.Check) bool { return is(c.Name) })
	}
}

var transitionRules = []rule{
	anything(`ALTER TABLE public\.users RENAME COLUMN (\w+) TO (\w+)`, func(m *model, g []string) { m.renameColumn(schema.Name(g[0]), schema.Name(g[1])) }),
	anything(`(DO|ANALYZE|ALTER SEQUENCE public\.\w+ (RENAME TO|AS|OWNED BY public)|LOCK TABLE) .*`, ignore),
	anything(`ALTER TABLE public\.users ALTER COLUMN (\w+) ADD GENERATED .* \(SEQUENCE NAME .*\)`, func(m *model, g []string) {
		column := m.column(g[0])
		if column.Nullable || column.Default != nil {
			m.t.Errorf("%s cannot become an identity column yet", g[0])
		}
		column.Identity = &schema.Identity{Always: true}
	}),
	anything(`ALTER TABLE public\.users ADD COLUMN (pgphase_\w+_shadow_\w+) (\w+)`, func(m *model, g []string) {
		m.table.Columns = append(m.table.Columns, schema.Column{Name: schema.Name(g[0]), Type: schema.Type{Text: g[1], Canonical: g[1]}, Nullable: true})
	}),
	anything(`CREATE (UNIQUE )?INDEX CONCURRENTLY (pgphase_\w+_retype_\w+) ON public\.users USING btree \((.*)\)`, func(m *model, g []string) {
		index := schema.Index{Name: public(schema.Name(g[1])), Table: users, Method: "btree", Unique: g[0] != ""}
		for column := range strings.SplitSeq(g[2], ", ") {
			m.column(column)
			index.Keys = append(index.Keys, schema.IndexKey{Column: schema.Name(column)})
		}
		m.table.Indexes = append(m.table.Indexes, index)
	}),
	anything(`DROP INDEX public\.(\w+)`, func(m *model, g []string) {
		if m.table.Index(schema.Name(g[0])) == nil {
			m.t.Errorf("there is no index %s", g[0])
		}
		m.table.Indexes = slices.DeleteFunc(m.table.Indexes, func(i schema.Index) bool { return string(i.Name.Name) == g[0] })
	}),
	anything(`ALTER INDEX public\.(\w+) RENAME TO (\w+)`, func(m *model, g []string) { m.table.Index(schema.Name(g[0])).Name.Name = schema.Name(g[1]) }),
	anything(`SELECT .*WHERE (CASE .*)?pg_catalog\.record_image_ne.*`, func(m *model, _ []string) { m.verified = true }),
	anything(`SELECT .*WHERE \w+ IS NOT NULL AND \w+ IS NULL\nLIMIT 100`, ignore),
	anything(`(CREATE (SCHEMA|TABLE) IF NOT EXISTS|COMMENT ON (TABLE|SCHEMA)|GRANT \w+ ON( SCHEMA)?) pgphase\b.*|SELECT pg_catalog\.pg_advisory_xact_lock\(.*`, ignore),
	anything(`(CREATE|COMMENT ON|DROP|GRANT USAGE ON) SEQUENCE pgphase\..*`, ignore),
	anything(`(CREATE|CREATE OR REPLACE|DROP) FUNCTION pgphase\..*`, ignore),
	anything(`COMMENT ON TRIGGER .*`, ignore),
	anything(`CREATE TRIGGER "?([^"\s]+)"?\s+BEFORE (INSERT|UPDATE) .*`, func(m *model, g []string) {
		m.table.Triggers = append(m.table.Triggers, schema.Trigger{Name: schema.Name(g[0]), Events: []string{g[1]}})
	}),
	anything(`DROP TRIGGER "?([^"\s]+)"? ON public\.users`, func(m *model, g []string) {
		before := len(m.table.Triggers)
		m.table.Triggers = slices.DeleteFunc(m.table.Triggers, func(t schema.Trigger) bool { return string(t.Name) == g[0] })
		if len(m.table.Triggers) == before {
			m.t.Errorf("there is no trigger %s", g[0])
		}
	}),
	anything(`INSERT INTO pgphase\.transitions .*?'(\{.*\})'.*`, func(m *model, g []string) { m.record(g[0]) }),
	anything(`UPDATE pgphase\.transitions SET phase = '(\w+)'.*WHERE name = '(\w+)'`, func(m *model, g []string) {
		m.transition(g[1]).Phase = schema.Phase(g[0])
	}),
	anything(`UPDATE pgphase\.transitions SET (contracted|rolled_back)_at = now\(\) WHERE name = '(\w+)'`, func(m *model, g []string) {
		m.transition(g[1])
		m.table.Transitions = slices.DeleteFunc(m.table.Transitions, func(t schema.OpenTransition) bool { return string(t.Name) == g[1] })
	}),
	anything(`DELETE FROM pgphase\.progress .*`, ignore),
	anything(`SELECT .*WHERE .*IS NULL AND.*`, func(m *model, _ []string) { m.verified = true }),
	anything(`CREATE VIEW (\S+) .*FROM (\S+)`, func(m *model, g []string) {
		if g[1] != m.table.Name.String() {
			m.t.Errorf("there is no table %s", g[1])
		}
		m.table.Dependents = append(m.table.Dependents, schema.Dependent{Kind: "view", Name: g[0], BlocksDrop: true})
	}),
	anything(`DROP VIEW (\S+)`, func(m *model, g []string) {
		before := len(m.table.Dependents)
		m.table.Dependents = slices.DeleteFunc(m.table.Dependents, func(d schema.Dependent) bool { return d.Name == g[0] })
		if len(m.table.Dependents) == before {
			m.t.Errorf("there is no view %s", g[0])
		}
	}),
	anything(`(ALTER VIEW|COMMENT ON VIEW|GRANT) .*`, ignore),
	anything(`ALTER TABLE (\S+) RENAME TO (\w+)`, func(m *model, g []string) {
		if g[0] != m.table.Name.String() {
			m.t.Errorf("there is no table %s", g[0])
		}
		m.table.Name.Name = schema.Name(g[1])
	}),
	on(`ALTER DROP COLUMN (\w+)`, func(m *model, g []string) { m.dropColumn(schema.Name(g[0])) }),
	anything(`CREATE UNIQUE INDEX CONCURRENTLY (\w+) ON public\.users USING btree \((.*)\)`, func(m *model, g []string) {
		index := schema.Index{Name: public(schema.Name(g[0])), Table: users, Method: "btree", Unique: true}
		for column := range strings.SplitSeq(g[1], ", ") {
			m.column(column)
			index.Keys = append(index.Keys, schema.IndexKey{Column: schema.Name(column)})
		}
		m.table.Indexes = append(m.table.Indexes, index)
	}),
	anything(`DROP INDEX CONCURRENTLY public\.(\w+)`, func(m *model, g []string) {
		before := len(m.table.Indexes)
		m.table.Indexes = slices.DeleteFunc(m.table.Indexes, func(i schema.Index) bool { return string(i.Name.Name) == g[0] })
		if len(m.table.Indexes) == before {
			m.t.Errorf("there is no index %s", g[0])
		}
	}),
	on(`ALTER ADD CONSTRAINT (\w+) (UNIQUE|PRIMARY KEY) USING INDEX (\w+)`, func(m *model, g []string) { m.useIndex(g[0], g[1], g[2]) }),
	on(`ALTER DROP CONSTRAINT (\w+), ADD CONSTRAINT (\w+) (UNIQUE|PRIMARY KEY) USING INDEX (\w+)`, func(m *model, g []string) {
		m.dropConstraint(g[0])
		m.useIndex(g[1], g[2], g[3])
	}),
	on(`ALTER DROP CONSTRAINT (\w+)`, func(m *model, g []string) { m.dropConstraint(g[0]) }),
}

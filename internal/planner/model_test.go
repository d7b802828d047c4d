// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// applied is what a server would have after the operations: a model that knows
// the statements of the planner and fails on any other. Types and expressions
// come from desired, as the model does not parse them.
func applied(t *testing.T, observed, desired schema.Table, operations []planner.Operation) schema.Table {
	t.Helper()
	m := model{t: t, desired: desired}
	text, err := json.Marshal(observed)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m.table); err != nil {
		t.Fatal(err)
	}
	for _, o := range operations {
		for _, statement := range o.Statements {
			m.run(statement)
		}
	}
	return m.table
}

type model struct {
	t              *testing.T
	desired, table schema.Table
	// disowned is a sequence that no column owns any more.
	disowned string
	// verified are transitions whose sides were compared.
	verified bool
}

func (m *model) disown(sequence string) {
	m.t.Helper()
	for i, column := range m.table.Columns {
		if string(column.OwnedSequence.Name) == sequence {
			m.table.Columns[i].OwnedSequence = schema.QualifiedName{}
			m.disowned = sequence
			return
		}
	}
	m.t.Errorf("no column owns the sequence %s", sequence)
}

type rule struct {
	pattern *regexp.Regexp
	apply   func(m *model, groups []string)
}

func on(pattern string, apply func(m *model, g []string)) rule {
	if !strings.HasPrefix(pattern, "ALTER SEQUENCE ") {
		pattern = strings.Replace(pattern, "ALTER ", `ALTER TABLE public\.users `, 1)
	}
	return rule{regexp.MustCompile(`(?s)^` + pattern + `$`), apply}
}

func (m *model) run(statement string) {
	m.t.Helper()
	for _, r := range rules {
		if groups := r.pattern.FindStringSubmatch(statement); groups != nil {
			r.apply(m, groups[1:])
			return
		}
	}
	m.t.Fatalf("the model does not know %q", statement)
}

func (m *model) column(name string) *schema.Column {
	m.t.Helper()
	column := m.table.Column(schema.Name(name))
	if column == nil {
		m.t.Fatalf("there is no column %s", name)
	}
	return column
}

func (m *model) wanted(name string) schema.Column {
	if column := m.desired.Column(schema.Name(name)); column != nil {
		return *column
	}
	m.t.Fatalf("the column %s is not desired", name)
	return schema.Column{}
}

// check finds a check, or fails: dropping what is not there is an error.
func (m *model) check(name string) *schema.Check {
	m.t.Helper()
	check := m.table.Check(schema.Name(name))
	if check == nil {
		m.t.Fatalf("there is no check %s", name)
	}
	return check
}

func unquoted(literal string) string {
	if literal == "NULL" {
		return ""
	}
	return strings.ReplaceAll(strings.Trim(literal, "'"), "''", "'")
}

func ignore(*model, []string) {}

var rules = slices.Concat(transitionRules, []rule{
	on(`UPDATE ONLY .*`, ignore),
	on(`LOCK TABLE .*`, ignore),
	on(`SELECT pg_catalog\.setval.*`, ignore),
	on(`ALTER ADD COLUMN (\w+) (.*)`, func(m *model, g []string) {
		column := m.wanted(g[0])
		column.Nullable = !strings.HasSuffix(g[1], " NOT NULL")
		if !strings.Contains(g[1], " DEFAULT ") {
			column.Default = nil
		}
		if !strings.Contains(g[1], " AS IDENTITY") {
			column.Identity = nil
		}
		column.Comment, column.Storage, column.StatisticsTarget, column.Backfill = "", "", nil, nil
		m.table.Columns = append(m.table.Columns, column)
	}),
	on(`ALTER ALTER COLUMN (\w+) SET DEFAULT (.*)`, func(m *model, g []string) {
		m.column(g[0]).Default = &schema.Expression{Text: g[1]}
	}),
	on(`ALTER ALTER COLUMN (\w+) DROP DEFAULT`, func(m *model, g []string) { m.column(g[0]).Default = nil }),
	on(`ALTER ALTER COLUMN (\w+) SET NOT NULL`, func(m *model, g []string) {
		m.column(g[0]).Nullable = false
		for _, check := range m.table.Checks {
			if check.Expression.IsNotNullTest(schema.Name(g[0])) && !check.NotValid {
				return
			}
		}
		m.t.Errorf("SET NOT NULL of %s would scan the table", g[0])
	}),
	on(`ALTER ALTER COLUMN (\w+) DROP NOT NULL`, func(m *model, g []string) {
		m.column(g[0]).Nullable, m.column(g[0]).NotNull = true, nil
	}),
	on(`ALTER ALTER COLUMN (\w+) SET STATISTICS (.*)`, func(m *model, g []string) {
		target, err := strconv.Atoi(g[1])
		if err != nil {
			m.t.Error(err)
		}
		m.column(g[0]).StatisticsTarget = &target
	}),
	on(`ALTER ALTER COLUMN (\w+) SET STORAGE (\w+)`, func(m *model, g []string) {
		m.column(g[0]).Storage = strings.TrimPrefix(g[1], "DEFAULT")
	}),
	on(`ALTER ALTER COLUMN (\w+) SET COMPRESSION (\w+)`, func(m *model, g []string) {
		m.column(g[0]).Compression = strings.TrimPrefix(g[1], "DEFAULT")
	}),
	on(`ALTER ALTER COLUMN (\w+) ADD GENERATED .*`, func(m *model, g []string) {
		column := m.column(g[0])
		if column.Nullable || column.Default != nil || !column.OwnedSequence.IsZero() {
			m.t.Errorf("%s cannot become an identity column yet", g[0])
		}
		column.Identity = m.wanted(g[0]).Identity
	}),
	on(`ALTER ALTER COLUMN (\w+) DROP IDENTITY`, func(m *model, g []string) { m.column(g[0]).Identity = nil }),
	on(`ALTER ALTER COLUMN (\w+) SET (GENERATED|INCREMENT|CACHE).*`, func(m *model, g []string) {
		m.column(g[0]).Identity = m.wanted(g[0]).Identity
	}),
	on(`ALTER ALTER COLUMN (\w+) SET EXPRESSION AS .*`, func(m *model, g []string) {
		m.column(g[0]).Generated = m.wanted(g[0]).Generated
	}),
	on(`ALTER ALTER COLUMN (\w+) DROP EXPRESSION`, func(m *model, g []string) { m.column(g[0]).Generated = nil }),
	on(`ALTER ADD CONSTRAINT (\w+) NOT NULL (\w+) NOT VALID`, func(m *model, g []string) {
		column := m.column(g[1])
		column.Nullable, column.NotNull = false, &schema.NotNullConstraint{Name: schema.Name(g[0])}
	}),
	on(`ALTER ADD CONSTRAINT (\w+) CHECK \((.*)\)( NO INHERIT)? NOT VALID`, func(m *model, g []string) {
		if m.table.Check(schema.Name(g[0])) != nil {
			m.t.Errorf("the check %s is there already", g[0])
		}
		m.table.Checks = append(m.table.Checks, schema.Check{
			Name: schema.Name(g[0]), Expression: schema.Expression{Text: g[1]}, NoInherit: g[2] != "", NotValid: true,
		})
	}),
	on(`ALTER VALIDATE CONSTRAINT (\w+)`, func(m *model, g []string) {
		for i, column := range m.table.Columns {
			if column.NotNull != nil && string(column.NotNull.Name) == g[0] {
				m.table.Columns[i].NotNull.Valid = true
				return
			}
		}
		m.check(g[0]).NotValid = false
	}),
	on(`ALTER DROP CONSTRAINT (\w+)`, func(m *model, g []string) {
		m.check(g[0])
		m.table.Checks = slices.DeleteFunc(m.table.Checks, func(c schema.Check) bool { return string(c.Name) == g[0] })
	}),
	on(`ALTER RENAME CONSTRAINT (\w+) TO (\w+)`, func(m *model, g []string) { m.check(g[0]).Name = schema.Name(g[1]) }),
	on(`ALTER SET \((.*)\)`, func(m *model, g []string) {
		for option := range strings.SplitSeq(g[0], ", ") {
			name, value, _ := strings.Cut(option, " = ")
			m.table.Options[name] = unquoted(value)
		}
	}),
	on(`ALTER RESET \((.*)\)`, func(m *model, g []string) {
		for name := range strings.SplitSeq(g[0], ", ") {
			delete(m.table.Options, name)
		}
	}),
	on(`ALTER REPLICA IDENTITY FULL`, func(m *model, _ []string) { m.table.ReplicaIdentity.Mode = schema.ReplicaIdentityFull }),
	on(`COMMENT ON TABLE public\.users IS (.*)`, func(m *model, g []string) { m.table.Comment = unquoted(g[0]) }),
	on(`COMMENT ON COLUMN public\.users\.(\w+) IS (.*)`, func(m *model, g []string) { m.column(g[0]).Comment = unquoted(g[1]) }),
	on(`COMMENT ON CONSTRAINT (\w+) ON public\.users IS (.*)`, func(m *model, g []string) { m.check(g[0]).Comment = unquoted(g[1]) }),
	on(`CREATE SEQUENCE public\.(\w+) .* OWNED BY public\.users\.(\w+)`, func(m *model, g []string) {
		m.column(g[1]).OwnedSequence = schema.QualifiedName{Schema: "public", Name: schema.Name(g[0])}
	}),
	on(`ALTER SEQUENCE public\.(\w+) OWNED BY NONE`, func(m *model, g []string) { m.disown(g[0]) }),
	on(`DROP SEQUENCE public\.(\w+)`, func(m *model, g []string) {
		if m.disowned != g[0] {
			m.disown(g[0])
		}
	}),
})

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func columnID(table schema.Table, column schema.Name) string {
	return schema.ColumnName{Table: table.Name, Column: column}.String()
}

func lines(items []string) string { return strings.Join(items, "\n") }

// indented is SQL as a diagnostic shows it: on lines of its own.
func indented(statements ...string) string {
	var b strings.Builder
	for _, s := range statements {
		b.WriteString("\n  " + strings.ReplaceAll(s, "\n", "\n  ") + ";")
	}
	return b.String()
}

// atRest ends the text of an error about an operation that blocks its table, which
// runs once it is acknowledged.
func atRest(operation Operation) string {
	return "\n\nOnly for a table that is small, or that nothing uses for a while, the statement will do as it stands:\n" + indented(operation.Statements...)
}

// refusal is an error that no policy lowers, because there is nothing that
// could run instead.
func refusal(path []string, summary, detail string) Finding {
	return Finding{Severity: hazard.Error, Refusal: true, Path: path, Summary: summary, Detail: detail}
}

// under puts the path of an attribute in front of those of findings and probes.
func (p Plan) under(path ...string) Plan {
	prefixed := func(rest []string) []string { return append(append([]string{}, path...), rest...) }
	findings := make([]Finding, len(p.Findings))
	for i, f := range p.Findings {
		f.Path = prefixed(f.Path)
		findings[i] = f
	}
	probes := make([]Probe, len(p.Probes))
	for i, probe := range p.Probes {
		probe.Finding.Path = prefixed(probe.Finding.Path)
		probes[i] = probe
	}
	if len(findings) > 0 {
		p.Findings = findings
	}
	if len(probes) > 0 {
		p.Probes = probes
	}
	return p
}

// exampleBackfill is an expression that a backfill of the type could be, for
// diagnostics.
func exampleBackfill(t schema.Type) string {
	name := t.SQL()
	switch {
	case strings.HasSuffix(name, "[]"):
		return `backfill = "'{}'"`
	case name == "boolean":
		return `backfill = "false"`
	case name == "uuid":
		return `backfill = "gen_random_uuid()"`
	case name == "date" || strings.HasPrefix(name, "timestamp"):
		return `backfill = "now()"`
	case name == "json" || name == "jsonb":
		return `backfill = "'{}'"`
	case name == "text" || strings.HasPrefix(name, "character varying"):
		return `backfill = "''"`
	case name == "smallint" || name == "integer" || name == "bigint" || name == "real" || name == "double precision" || strings.HasPrefix(name, "numeric"):
		return `backfill = "0"`
	}
	return `backfill = "..."`
}

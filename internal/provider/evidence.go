// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// evidence answers the question of whoever reviews a plan to contract: does
// anything still use the old structure? What must not pass is an error. All of
// it changes by itself: it goes into diagnostics, and no planned value depends
// on it. Nothing is written.
func (d *database) evidence(ctx context.Context, table *schema.Table, transitions []schema.OpenTransition) ([]planner.Finding, error) {
	if len(transitions) == 0 {
		return nil, nil
	}
	var findings []planner.Finding
	err := d.withConnection(ctx, func(conn *pgx.Conn) error {
		names := make([]schema.Name, len(transitions))
		for i, t := range transitions {
			names[i] = t.Name
		}
		known, err := ledger.ReadEvidence(ctx, conn, names...)
		var missing *ledger.MissingError
		if err != nil && !errors.As(err, &missing) {
			return err
		}
		for _, t := range transitions {
			w := witness{settings: d.settings, conn: conn, table: table, transition: t}
			if i := slices.IndexFunc(known, func(e ledger.Evidence) bool { return e.Name == t.Name }); i >= 0 {
				w.known = &known[i]
			}
			found, err := w.findings(ctx)
			if err != nil {
				return err
			}
			findings = append(findings, found...)
		}
		return nil
	})
	return findings, err
}

// witness gathers what is known about one transition.
type witness struct {
	settings
	conn       *pgx.Conn
	table      *schema.Table
	transition schema.OpenTransition
	// known is nil where the ledger has lost the transition.
	known *ledger.Evidence
}

// old names the structure that contract drops.
func (w witness) old() string {
	t := w.transition
	switch {
	case t.Kind == schema.TableRenamed && t.Phase == schema.Migrate:
		return t.OtherName.String()
	case t.Kind == schema.TableRenamed:
		return t.Table.String()
	}
	names := make([]string, len(t.Old))
	for i, column := range t.Old {
		names[i] = schema.ColumnName{Table: t.Table, Column: column}.String()
	}
	return strings.Join(names, ", ")
}

func (w witness) findings(ctx context.Context) ([]planner.Finding, error) {
	findings := w.refusals()
	blocked, err := w.blocked(ctx)
	if err != nil {
		return nil, err
	}
	findings = append(findings, blocked...)
	lines := w.writes()
	for _, more := range []func(context.Context) ([]string, error){w.indexes, w.functions, w.statements} {
		found, err := more(ctx)
		if err != nil {
			return nil, err
		}
		lines = append(lines, found...)
	}
	lines = append(lines, w.dependents()...)
	return append(findings, planner.Finding{
		Severity: hazard.Warning,
		Path:     []string{"phase"},
		Summary:  "Use of " + w.old() + " before it is dropped",
		Detail:   strings.Join(lines, "\n\n"),
	}), nil
}

// refusals are the errors that follow from the ledger alone.
func (w witness) refusals() []planner.Finding {
	refuse := func(detail string) planner.Finding {
		return planner.Finding{Severity: hazard.Error, Path: []string{"phase"}, Summary: "Cannot drop " + w.old(), Detail: detail}
	}
	if w.known == nil {
		if w.singleStep || w.minimumSoak == 0 {
			return nil
		}
		return []planner.Finding{refuse(fmt.Sprintf("The ledger has lost this transition, so that nobody knows since when it is migrated, and minimum_soak of the "+
			"provider asks for %s.\n\nApply phase = \"migrate\", which records it again.", w.minimumSoak))}
	}
	var findings []planner.Finding
	if reason := w.known.TooEarly(w.soak()); reason != "" {
		findings = append(findings, refuse(fmt.Sprintf("Too early: %s.\n\nUntil then, write phase = \"migrate\".", reason)))
	}
	if reason := w.known.Unguarded(); reason != "" {
		findings = append(findings, refuse(fmt.Sprintf("The transition cannot end: %s.\n\nWhere they are disabled, enable them:\n\n    %s;\n\n"+
			"contract then compares both sides, and names the rows that differ. Where they are gone, take the transition back by declaring the old structure again.",
			reason, strings.Join(ddl.EnableDualWrite(w.transition, w.transition.Table), ";\n    "))))
	}
	return findings
}

// blocked refuses what DROP VIEW would fail on: the planner sees what depends on
// the table, not on the view that stands for its other name.
func (w witness) blocked(ctx context.Context) ([]planner.Finding, error) {
	if w.transition.Kind != schema.TableRenamed {
		return nil, nil
	}
	objects, err := catalog.ViewDependents(ctx, w.conn, w.transition.OtherName)
	if err != nil || len(objects) == 0 {
		return nil, err
	}
	return []planner.Finding{{
		Severity: hazard.Error, Path: []string{"phase"}, Summary: "Cannot drop the view " + w.transition.OtherName.String(),
		Detail: fmt.Sprintf("It stands for the other name of the table, and other objects depend on it:\n\n    %s\n\nLet them use %s, or drop them first. "+
			"CASCADE would drop them unseen, and is never used.", strings.Join(objects, "\n    "), w.transition.Table),
	}}, nil
}

// writes says what the trigger has counted.
func (w witness) writes() []string {
	e := w.known
	if e == nil {
		return []string{"The ledger has lost this transition: what was counted before is not known."}
	}
	began := fmt.Sprintf("It was expanded %s ago", inWords(e.Now.Sub(e.ExpandedAt)))
	if !e.MigratedAt.IsZero() {
		began += fmt.Sprintf(" and migrated %s ago", inWords(e.Soaked()))
	}
	lines := []string{began + "."}
	look := inWords(e.Now.Sub(e.LookedAt))
	switch {
	case e.Counted && e.RecentWrites > 0:
		lines = append(lines, fmt.Sprintf("Code that knows only the old structure still writes: %s since the last phase (%s ago), %s since expand.",
			times(e.RecentWrites), look, times(e.OldStyleWrites)))
	case e.Counted && e.OldStyleWrites > 0:
		lines = append(lines, fmt.Sprintf("No code that knows only the old structure has written since the last phase (%s ago). Since expand, that was %s.",
			look, times(e.OldStyleWrites)))
	case e.Counted:
		lines = append(lines, "No code that knows only the old structure has written since expand.")
	case e.Kind == schema.TableRenamed:
		lines = append(lines, "PostgreSQL does not count who uses a view: ask the log or pg_stat_statements for the old name.")
	default:
		lines = append(lines, "PostgreSQL does not count who uses a column: ask the log or pg_stat_statements for its name.")
	}
	return lines
}

// indexes says how old indexes are used: reads that nothing else counts.
func (w witness) indexes(ctx context.Context) ([]string, error) {
	var old []schema.QualifiedName
	for _, index := range w.table.Indexes {
		if slices.ContainsFunc(index.Columns, func(c schema.Name) bool { return slices.Contains(w.transition.Old, c) }) {
			old = append(old, index.Name)
		}
	}
	usage, err := catalog.ReadIndexUsage(ctx, w.conn, old)
	if err != nil || len(usage) == 0 {
		return nil, err
	}
	lines := []string{}
	for _, u := range usage {
		lines = append(lines, usageLine(u))
	}
	return []string{"Indexes on it, as this server counts (not its standbys):\n\n" + strings.Join(lines, "\n")}, nil
}

func usageLine(u catalog.IndexUsage) string {
	line := fmt.Sprintf("    %s was scanned %s", u.Name, times(u.Scans))
	if u.Scans == 0 {
		line = fmt.Sprintf("    %s was never scanned", u.Name)
	}
	if !u.LastScan.IsZero() {
		line += fmt.Sprintf(", the last time %s ago", inWords(u.Now.Sub(u.LastScan)))
	}
	if !u.Since.IsZero() {
		line += fmt.Sprintf(", since the statistics were reset %s ago", inWords(u.Now.Sub(u.Since)))
	}
	return line
}

// functions lists functions whose text names the old structure, of which the
// server knows nothing.
func (w witness) functions(ctx context.Context) ([]string, error) {
	table, names := w.transition.Table, w.transition.Old
	if w.transition.Kind == schema.TableRenamed {
		if w.transition.Phase == schema.Migrate {
			table = w.transition.OtherName
		}
		names = []schema.Name{table.Name}
	}
	functions, err := catalog.Mentions(ctx, w.conn, table, names)
	if err != nil || len(functions) == 0 {
		return nil, err
	}
	return []string{"Functions whose text names it, so that they would fail when they are called:\n\n    " + strings.Join(functions, "\n    ")}, nil
}

// dependents lists what is tied to the old columns and does not keep them from
// being dropped: what does is an error of the planner.
func (w witness) dependents() []string {
	var objects []string
	for _, d := range w.table.Dependents {
		if !d.BlocksDrop && slices.ContainsFunc(d.Columns, func(c schema.Name) bool { return slices.Contains(w.transition.Old, c) }) {
			objects = append(objects, fmt.Sprintf("%s %s", d.Kind, d.Name))
		}
	}
	if len(objects) == 0 {
		return nil
	}
	slices.Sort(objects)
	return []string{"Objects that go with it:\n\n    " + strings.Join(slices.Compact(objects), "\n    ")}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	known, err := d.openTransitions(ctx)
	var missing *ledger.MissingError
	if err != nil && !errors.As(err, &missing) {
		return nil, err
	}
	var findings []planner.Finding
	for _, t := range transitions {
		w := witness{settings: d.settings, table: table, transition: t}
		if i := slices.IndexFunc(known, func(e ledger.Evidence) bool { return e.Name == t.Name }); i >= 0 {
			w.known = &known[i]
		}
		question := w.question()
		if d.liveChecks {
			question.Statistics = d.statementStatistics(ctx)
			w.statistics = question.Statistics
		}
		if w.answer, err = d.ask(ctx, table.Name, question); err != nil && d.liveChecks {
			// A plan fails for want of what decides, not for want of a hint.
			w.statistics, w.unseen = catalog.StatementStatistics{}, err
			w.answer, err = d.ask(ctx, table.Name, catalog.Question{View: question.View})
		}
		if err != nil {
			return nil, err
		}
		findings = append(findings, w.findings(d.statementUsage(w.statistics, w.answer.Statements))...)
	}
	return findings, nil
}

// witness gathers what is known about one transition.
type witness struct {
	settings
	table      *schema.Table
	transition schema.OpenTransition
	// known is nil where the ledger has lost the transition.
	known *ledger.Evidence
	// answer is what the server knows of the use of the old structure.
	answer     catalog.Answer
	statistics catalog.StatementStatistics
	// unseen is why the answer holds only what decides.
	unseen error
}

// question is what to ask the server: all of it at once. What depends on a view
// decides whether contract can succeed; the rest is for whoever reviews it.
func (w witness) question() catalog.Question {
	var q catalog.Question
	renamed := w.transition.Kind == schema.TableRenamed
	if renamed {
		q.View = w.transition.OtherName
	}
	if !w.liveChecks {
		return q
	}
	old := w.transition.Table
	if renamed && w.transition.Phase == schema.Migrate {
		old = w.transition.OtherName
	}
	q.StatementsOf, q.MentionedWith = old.Name, old
	if renamed {
		q.Mentioned = []schema.Name{old.Name}
	} else {
		q.StatementColumns, q.Mentioned = w.transition.Old, w.transition.Old
	}
	return q
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

func (w witness) findings(statements string) []planner.Finding {
	findings := append(w.refusals(), w.blocked()...)
	lines := slices.Concat(w.writes(), w.indexes(), w.functions())
	if statements != "" {
		lines = append(lines, statements)
	}
	if w.unseen != nil {
		lines = append(lines, fmt.Sprintf("Which functions, indexes and statements use it could not be found out: %s.", w.unseen))
	}
	return append(findings, planner.Finding{
		Severity: hazard.Warning,
		Path:     []string{"phase"},
		Summary:  "Use of " + w.old() + " before it is dropped",
		Detail:   strings.Join(append(lines, w.dependents()...), "\n\n"),
	})
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
func (w witness) blocked() []planner.Finding {
	if len(w.answer.Dependents) == 0 {
		return nil
	}
	return []planner.Finding{{
		Severity: hazard.Error, Path: []string{"phase"}, Summary: "Cannot drop the view " + w.transition.OtherName.String(),
		Detail: fmt.Sprintf("It stands for the other name of the table, and other objects depend on it:\n\n    %s\n\nLet them use %s, or drop them first. "+
			"CASCADE would drop them unseen, and is never used.", strings.Join(w.answer.Dependents, "\n    "), w.transition.Table),
	}}
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

// isOld reports an index with an old column.
func (w witness) isOld(name schema.QualifiedName) bool {
	return slices.ContainsFunc(w.table.Indexes, func(index schema.Index) bool {
		return index.Name == name && slices.ContainsFunc(index.Columns, func(c schema.Name) bool { return slices.Contains(w.transition.Old, c) })
	})
}

// indexes says how old indexes are used: reads that nothing else counts.
func (w witness) indexes() []string {
	var lines []string
	for _, u := range indexesOf(w.answer, w.isOld) {
		lines = append(lines, usageLine(u))
	}
	if len(lines) == 0 {
		return nil
	}
	return []string{"Indexes on it, as this server counts (not its standbys):\n\n" + strings.Join(lines, "\n")}
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
func (w witness) functions() []string {
	if len(w.answer.Functions) == 0 {
		return nil
	}
	return []string{"Functions whose text names it, so that they would fail when they are called:\n\n    " + strings.Join(w.answer.Functions, "\n    ")}
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

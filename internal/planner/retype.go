// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// retype is a column that gets another type under its name, in phases: beside
// the visible column there is a hidden one of the other type, which a trigger
// keeps in step. Expand adds it, migrate exchanges the names, contract drops
// what has lost the name. In the transition Old is always the column of the old
// type and New that of the new one, under the names that they have.
type retype struct {
	schema.OpenTransition
	// recorded is what the ledger has; nil while nothing has begun.
	recorded *schema.OpenTransition
	// to is the phase to reach; schema.NoPhase for one that is taken back.
	to schema.Phase
	// column is the visible name; old and current are what it had and gets: name,
	// type and collation alone.
	column       schema.Name
	old, current schema.Column
	// ways lead from one to the other.
	ways ways
	// declared is what the configuration says of the ways; nil for nothing.
	declared *schema.Conversion
	// value is the declared default.
	value *schema.Expression
	path  []string
}

// typed is a column with nothing but its type.
func typed(c schema.Column) schema.Column {
	return schema.Column{Name: c.Name, Type: c.Type, Collation: c.Collation}
}

// sameType compares what a retype changes.
func sameType(a, b schema.Column) bool {
	return a.Type.Equal(b.Type) && sameCollation(a.Collation, b.Collation)
}

// typeName is the type as a message names it.
func typeName(c schema.Column) string {
	if c.Collation.IsZero() {
		return c.Type.SQL()
	}
	return c.Type.SQL() + " COLLATE " + c.Collation.String()
}

func (r retype) takenBack() bool { return r.to == schema.NoPhase }

// swapped reports that the visible column has the new type.
func (r retype) swapped() bool { return r.recorded != nil && r.recorded.Phase == schema.Migrate }

func (r retype) begins() bool { return r.recorded == nil }

func (r retype) summary() string {
	return fmt.Sprintf("Cannot retype %s", columnID(schema.Table{Name: r.Table}, r.column))
}

func (r retype) verb() string {
	return fmt.Sprintf("retype %s to %s", columnID(schema.Table{Name: r.Table}, r.column), typeName(r.current))
}

// hidden is the column without the name.
func (r retype) hidden() schema.Name {
	if r.Phase == schema.Migrate {
		return r.Old[0]
	}
	return r.New[0]
}

// hiddenNames are the names of the column of the new type before the swap, and
// of that of the old type after it.
func hiddenNames(table schema.QualifiedName, column schema.Name) (shadow, retired schema.Name) {
	return schema.DerivedName("shadow", table.Schema, table.Name, column), schema.DerivedName("retired", table.Schema, table.Name, column)
}

// at is the transition as it is in a phase.
func (r retype) at(phase schema.Phase) schema.OpenTransition {
	t := r.OpenTransition
	shadow, retired := hiddenNames(t.Table, r.column)
	old, current := r.column, shadow
	if phase == schema.Migrate {
		old, current = retired, r.column
	} else {
		t.Originals, t.Defaults = nil, nil
	}
	t.Phase, t.Old, t.New, t.Recovered, t.Strict = phase, []schema.Name{old}, []schema.Name{current}, false, false
	t.Up, t.Down = map[schema.Name]string{current: r.ways.up}, map[schema.Name]string{old: r.ways.down}
	return t
}

// findRetypes compares declared types with those that the columns have, and
// with what is open.
func (m *moves) findRetypes(desired, prior, observed schema.Table) {
	for _, column := range sortedByName(desired.Columns, func(c schema.Column) schema.Name { return c.Name }) {
		have := observed.Column(column.Name)
		if have == nil {
			continue
		}
		open := openRetype(observed, column.Name)
		if open == nil && !becomesRetype(m.change, observed, column, *have) {
			continue
		}
		// What leaves the configuration in the same apply is in nobody's way.
		table := withoutHandled(observed, desired, prior, []schema.Name{column.Name})
		if found := m.retype(table, column, *have, open); found != nil {
			m.checksToCome(desired, table, *found)
			m.retypes = append(m.retypes, *found)
		}
	}
	for i, t := range observed.Transitions {
		if t.Kind != schema.ColumnRetyped || slices.ContainsFunc(m.retypes, func(r retype) bool { return r.Name == t.Name }) {
			continue
		}
		visible := t.Old[0]
		if t.Phase == schema.Migrate {
			visible = t.New[0]
		}
		if prior.Column(visible) != nil && desired.Column(visible) == nil && t.Separate == m.separate {
			m.refuse([]string{"columns"}, fmt.Sprintf("Cannot remove column %s", columnID(observed, visible)), fmt.Sprintf("It is being retyped, which has "+
				"reached %q. End that first: declare it, and apply `phase = \"contract\"`, or declare its old type.", t.Phase))
		}
		m.foreign = append(m.foreign, observed.Transitions[i])
	}
}

func openRetype(table schema.Table, column schema.Name) *schema.OpenTransition {
	for i, t := range table.Transitions {
		visible := t.Kind == schema.ColumnRetyped && (t.Phase == schema.Migrate && contains(t.New, column) ||
			t.Phase != schema.Migrate && contains(t.Old, column))
		if visible {
			return &table.Transitions[i]
		}
	}
	return nil
}

// becomesRetype reports a change of type that writes the table anew, or whose
// values the configuration says how to convert. What is left is refused where
// the column is planned.
func becomesRetype(c Change, table schema.Table, desired, have schema.Column) bool {
	utc := c.Server
	utc.UTC = true
	rewrites := !desired.Type.Equal(have.Type) && ClassifyTypeChange(utc, have.Type, desired.Type) == TypeRewrites
	busy := slices.ContainsFunc(table.Transitions, func(t schema.OpenTransition) bool {
		return contains(t.Old, have.Name) || contains(t.New, have.Name)
	})
	return !sameType(desired, have) && (rewrites || desired.Conversion.Declared()) && !busy &&
		desired.Replaces == nil && desired.Generated == nil && have.Generated == nil
}

// retype describes one, or reports why it cannot be.
func (m *moves) retype(observed schema.Table, desired, have schema.Column, open *schema.OpenTransition) *retype {
	r := &retype{
		recorded: open, column: have.Name, old: typed(have), current: typed(desired), declared: desired.Conversion, value: desired.Default,
		path: []string{"columns", string(have.Name), "type"},
	}
	if open == nil {
		r.ways = waysOf(have.Type, desired.Type, have.Name, desired.Conversion)
		r.OpenTransition = schema.OpenTransition{
			Name: schema.DerivedName("retype", observed.Name.Schema, observed.Name.Name, have.Name),
			Kind: schema.ColumnRetyped, Table: observed.Name, Separate: m.separate, Lenient: r.ways.lenient,
		}
		r.OpenTransition = r.at(schema.Expand)
		ddl.NameFollower(&r.OpenTransition)
	} else {
		r.OpenTransition = *open
		r.ways = ways{up: open.Up[open.New[0]], down: open.Down[open.Old[0]], lenient: open.Lenient}
		r.ways.lost = r.ways.down == ddl.NoValue
		other := observed.Column(r.hidden())
		if other == nil {
			m.refuse(r.path, r.summary(), fmt.Sprintf("The transition is open, and the column %s that belongs to it is gone.", r.hidden()))
			return nil
		}
		r.current = typed(*other)
		if open.Phase == schema.Migrate {
			r.old, r.current = typed(*other), typed(have)
		}
		switch {
		case sameType(desired, r.old):
			m.findings = append(m.findings, r.refused(m.change, observed)...)
			return r
		case !sameType(desired, r.current):
			m.refuse(r.path, r.summary(), fmt.Sprintf("A transition from %s to %s has reached %q. Declare one of the two: the new type goes on with it, the "+
				"old one takes it back.", typeName(r.old), typeName(r.current), open.Phase))
			return nil
		case r.redefined():
			m.refuse([]string{"columns", string(have.Name), "up"}, r.summary(), fmt.Sprintf("`up` or `down` is not what the transition was begun with: up = %q, "+
				"down = %q. Values were converted by these. Keep them as they were until contract, or take the transition back (declare %s) and begin anew.",
				r.ways.up, r.ways.down, typeName(r.old)))
			return nil
		}
	}
	to, finding := phaseOf(m.change, open, schema.ColumnRetyped, r.verb())
	r.to = to
	if finding != nil {
		if open == nil {
			finding.Hazard = hazard.ColumnTypeChangeRewrite
		}
		if m.change.Phase == schema.NoPhase {
			finding.Path = r.path // phase is not there to be pointed at
		}
		m.findings = append(m.findings, *finding)
	}
	m.findings = append(m.findings, r.refused(m.change, observed)...)
	return r
}

// redefined reports that the configuration says something else of an open
// transition than the trigger does. What it does not say is what was taken.
func (r retype) redefined() bool {
	if r.declared == nil {
		return r.ways.lenient && r.ways.up != r.column.Quote()
	}
	up, down := r.declared.Up, r.declared.Down
	return up == nil && r.ways.up != r.column.Quote() || up != nil && spelled(*up) != r.ways.up || down != nil && spelled(*down) != r.ways.down
}

// refused is what stands in the way of the next swap, or of dropping the hidden
// column.
func (r retype) refused(c Change, table schema.Table) []Finding {
	if r.takenBack() || r.to == schema.Contract && r.swapped() {
		if findings := r.inUse(table); len(findings) > 0 {
			return findings
		}
	}
	forth := !r.takenBack() && !r.swapped()
	back := r.swapped() && !r.to.Reaches(schema.Migrate)
	if forth || back {
		return r.obstacles(c, table)
	}
	return nil
}

// of the retypes, that of a visible column, or nil.
func (m moves) retypeOf(column schema.Name) *retype {
	for i := range m.retypes {
		if m.retypes[i].column == column {
			return &m.retypes[i]
		}
	}
	return nil
}

// recast reports a declared check that names a column on its way to another
// type and differs from the observed one in nothing but the casts that the
// server writes for that type.
func (m moves) recast(table schema.Table, desired, observed schema.Check) bool {
	return slices.ContainsFunc(m.retypes, func(r retype) bool { return contains(checkColumns(table, observed), r.column) }) &&
		desired.Expression.EqualButForCasts(observed.Expression)
}

// recastDefault is the default to go by: the wanted one, unless it differs from
// the other in casts alone.
func recastDefault(wanted, other *schema.Expression) *schema.Expression {
	if wanted != nil && other != nil && wanted.EqualButForCasts(*other) {
		return other
	}
	return wanted
}

// recastChecks shows checks as they are declared for the new type of a column,
// while it has the old one.
func recastChecks(t schema.OpenTransition, like, table schema.Table) schema.Table {
	if t.Kind != schema.ColumnRetyped || t.Phase != schema.Expand {
		return table
	}
	table.Checks = slices.Clone(table.Checks)
	for i, check := range table.Checks {
		declared := like.Check(check.Name)
		if declared != nil && intersect(checkColumns(table, check), t.Old) && declared.Expression.EqualButForCasts(check.Expression) {
			table.Checks[i].Expression = declared.Expression
		}
	}
	return table
}

// warnings say what nobody can see in the statements.
func (r retype) warnings(table schema.Table) []Finding {
	if !r.begins() {
		return nil
	}
	id := columnID(table, r.column)
	findings := []Finding{{
		Hazard: hazard.ColumnTypeChangeBreaksClients, Severity: hazard.Warning, Path: r.path,
		Summary: fmt.Sprintf("Changing the type of %s breaks prepared statements", id),
		Detail: "From migrate on, prepared statements that return the column " + untilPreparedAgain + "; drivers decode another type. Until contract the table has one column more, of a name that begins with pgphase_. " +
			"From contract on the column stands last: give every INSERT and COPY without a list of columns its list first, as it would write " +
			"other columns than before.",
	}}
	added := append(publishedFindings(table, r.New[0]), starClients(table, r.New[0]))
	findings = append(findings, Plan{Findings: added}.under(r.path...).Findings...)
	return append(findings, r.conversionWarnings(id)...)
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func constrainedDomain(t schema.Type) bool { return t.Facts != nil && t.Facts.Constrained }

// unconvertible says why the values cannot be converted: asked of a transition
// that has not begun.
func (r retype) unconvertible() []Finding {
	if !r.begins() || !r.ways.lenient {
		return nil
	}
	var findings []Finding
	up := []string{"columns", string(r.column), "up"}
	c := r.declared
	switch {
	case c == nil || c.Up == nil && c.Facts == nil:
		findings = append(findings, refusal(up, r.summary(), fmt.Sprintf(
			"Whether PostgreSQL converts %s to %s by itself could not be found out. Write beside `type` how the values are computed from the column as it "+
				"is:\n\n    up = %q", typeName(r.old), typeName(r.current), r.column.Quote()+"::"+r.current.Type.SQL())))
	case c.Up == nil && !c.Facts.Assigns:
		findings = append(findings, refusal(up, r.summary(), fmt.Sprintf(
			"PostgreSQL does not convert %s to %s by itself. Write beside `type` how the values are computed from the column as it is, and how old code "+
				"gets them back, for example\n\n    up   = %q\n    down = %q", typeName(r.old), typeName(r.current),
			r.column.Quote()+"::"+r.current.Type.SQL(), r.column.Quote()+"::"+r.old.Type.SQL())))
	case c.Up == nil && c.Facts.Cast == "":
		findings = append(findings, refusal(up, r.summary(), fmt.Sprintf(
			"The conversion of %s to %s follows settings of the session, such as TimeZone or DateStyle: each writer, and the backfill, could get another "+
				"value. Write `up`, which says what the values mean, for example\n\n    %s", typeName(r.old), typeName(r.current), r.translation())))
	}
	for attribute, e := range map[string]*schema.Expression{"up": upOf(c), "down": downOf(c)} {
		if e != nil && e.Volatility == schema.Volatile {
			findings = append(findings, refusal([]string{"columns", string(r.column), attribute}, r.summary(),
				"The expression calls a volatile function: it gives another value each time, so that nothing could tell whether both sides agree."))
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int { return slices.Compare(a.Path, b.Path) })
	return findings
}

func upOf(c *schema.Conversion) *schema.Expression {
	if c == nil {
		return nil
	}
	return c.Up
}

func downOf(c *schema.Conversion) *schema.Expression {
	if c == nil {
		return nil
	}
	return c.Down
}

// translation is an example of an `up` that gives the same in each session.
func (r retype) translation() string {
	column := r.column.Quote()
	if timestampPair(parseType(baseType(r.old.Type)).name, parseType(baseType(r.current.Type)).name) {
		return fmt.Sprintf("up   = %q\n    down = %q", column+" AT TIME ZONE 'UTC'", column+" AT TIME ZONE 'UTC'")
	}
	return fmt.Sprintf("up = %q", column+"::"+r.current.Type.SQL())
}

// conversionWarnings say what becomes of values that do not convert.
func (r retype) conversionWarnings(id string) []Finding {
	if !r.ways.lenient {
		return nil
	}
	findings := []Finding{{
		Hazard: hazard.ColumnTypeNarrowingFails, Severity: hazard.Warning, Path: r.path,
		Summary: fmt.Sprintf("Values of %s have to convert to %s", id, typeName(r.current)),
		Detail: "Up to migrate, a value that does not convert is kept in the column as it is, and is written without an error. Migrate refuses such " +
			"writes from its first step on, and its backfill stops at such rows and names them.",
	}}
	if r.ways.lost {
		findings = append(findings, Finding{
			Hazard: hazard.ColumnTypeNarrowingFails, Severity: hazard.Warning, Path: r.path,
			Summary: fmt.Sprintf("Nothing leads %s back to %s", id, typeName(r.old)),
			Detail: "There is neither `down` nor a cast that is the reverse of `up`: what is written after migrate is in the new column alone. Going back is " +
				"refused as long as there are such rows, since they would be lost. Write `down` to keep the way back open.",
		})
	}
	if up := upOf(r.declared); up != nil && up.Volatility == schema.Stable && !isEnum(r.old.Type) && !isEnum(r.current.Type) {
		findings = append(findings, Finding{
			Severity: hazard.Warning, Path: []string{"columns", string(r.column), "up"},
			Summary: fmt.Sprintf("The conversion of %s is not immutable", id),
			Detail: "It follows settings of the session, such as TimeZone or DateStyle, or other tables: writers and the backfill can get different values. " +
				"Name what it depends on in the expression, as AT TIME ZONE 'UTC' does.",
		})
	}
	return findings
}

func isEnum(t schema.Type) bool { return t.Facts != nil && t.Facts.Kind == "e" }

// conversionProbes ask for rows of today whose values will not convert: better
// before expand than in the middle of migrate.
func (r retype) conversionProbes(c Change, table schema.Table) []Probe {
	if r.swapped() || r.takenBack() || !r.ways.lenient {
		return nil
	}
	severity := hazard.Warning
	if r.to.Reaches(schema.Migrate) {
		severity = hazard.Error
	}
	probe := func(id hazard.ID, condition, detail string) []Probe {
		return []Probe{{Query: rowsWhere(table, condition), Finding: Finding{
			Hazard: id, Severity: severity, Path: r.path, Summary: r.summary(), Detail: detail + " Change them before migrate.",
		}}}
	}
	have := *table.Column(r.column)
	if up := upOf(r.declared); up != nil {
		if have.Nullable {
			return nil
		}
		return probe(hazard.ColumnSetNotNullFailsOnNulls, "("+r.ways.up+") IS NULL",
			fmt.Sprintf("The column is NOT NULL, and `up` (%s) gives NULL for some rows.", r.ways.up))
	}
	condition := typeChange{server: c.Server, table: table, column: have, desired: r.current}.misfit()
	if condition == "" {
		return nil
	}
	return probe(hazard.ColumnTypeNarrowingFails, condition,
		fmt.Sprintf("Values of the column do not fit %s, or would be cut or rounded without an error.", typeName(r.current)))
}

// checksToCome refuses checks that are declared for the new type while the
// column has the old one: they can neither be added yet nor carried over.
func (m *moves) checksToCome(desired, observed schema.Table, r retype) {
	if !r.ways.lenient || r.swapped() || r.takenBack() {
		return
	}
	for _, check := range desired.Checks {
		have := observed.Check(check.Name)
		if !checkConstraint(check).names([]schema.Name{r.column}) || have != nil && check.Expression.EqualButForCasts(have.Expression) {
			continue
		}
		m.refuse([]string{"checks", string(check.Name), "expression"}, r.summary(), fmt.Sprintf(
			"The check %s on the column changes together with its type. Leave it as it was, or remove it first; declare it for %s once migrate has been "+
				"applied.", check.Name, typeName(r.current)))
	}
}

// validateConversion reports what is wrong with `up` and `down` whatever the
// server says. Paths start at the column.
func validateConversion(desired schema.Column) []Finding {
	var findings []Finding
	for _, side := range []struct {
		attribute  string
		expression *schema.Expression
	}{{"up", upOf(desired.Conversion)}, {"down", downOf(desired.Conversion)}} {
		if side.expression == nil {
			continue
		}
		fail := func(detail string) {
			findings = append(findings, refusal([]string{side.attribute}, fmt.Sprintf("Invalid column %s", desired.Name), detail))
		}
		if err := side.expression.Validate(); err != nil {
			fail("In the expression, " + err.Error() + ".")
		}
		switch {
		case desired.Replaces != nil:
			fail(fmt.Sprintf("It converts a column under its own name, and this one replaces another. Write `%s` within `replaces`.", side.attribute))
		case desired.Generated != nil:
			fail("A generated column is computed by its expression alone.")
		}
	}
	return findings
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// createFunction creates the trigger function. It runs with the rights of the
// writer; the fixed search_path means that nobody can put an operator or a
// function of their own in the way of the ones that are meant. Whole statements
// are written for PL/pgSQL, where a column of an expression wins over a
// variable of the same name.
//
// The body is read anew in each session of a writer. Where a backslash stands in
// it, the server's expressions mean it as it is, and a writer that turned
// standard_conforming_strings off could not write to the table any more.
func createFunction(t schema.OpenTransition, body []string, create string) string {
	text := "\n#variable_conflict use_column\nBEGIN\n" + indent(body) + "    RETURN NEW;\nEND"
	tag := "$pgphase$"
	for strings.Contains(text, tag) {
		tag = "$_" + tag[1:]
	}
	settings := " SET search_path = pg_catalog, pg_temp"
	if strings.Contains(text, `\`) {
		settings += " SET standard_conforming_strings = on"
	}
	return create + " FUNCTION " + t.Function.String() + "() RETURNS trigger\n" +
		"    LANGUAGE plpgsql SECURITY INVOKER" + settings + "\n" +
		"AS " + tag + text + tag
}

func indent(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("    " + line + "\n")
	}
	return b.String()
}

// dualWriteBody is the table of rules as statements: what happens on INSERT and
// UPDATE, depending on which side the writer has written.
func dualWriteBody(t schema.OpenTransition, table schema.Table) []string {
	w := writer{t: t, table: table.Name}
	body := []string{"IF TG_OP = 'INSERT' THEN"}
	body = append(body, nested(w.onInsert(table))...)
	body = append(body,
		"ELSIF "+changed(table, t.Old)+" THEN",
		"    IF NOT ("+changed(table, t.New)+") THEN",
		"        -- Written by code that knows only the old side.")
	body = append(body, nested(nested(append([]string{w.count()}, w.up()...)))...)
	body = append(body,
		"    END IF;",
		"ELSIF "+changed(table, t.New)+" THEN",
		"    -- Written by code that knows only the new side.")
	if len(t.New) > 1 {
		// The old value knows what the writer left alone in a row that has
		// not been migrated: down() of half a value would lose the other.
		body = append(body, "    IF "+allNull("OLD", t.New)+" THEN")
		body = append(body, nested(nested(w.complete()))...)
		body = append(body, "    END IF;")
	}
	body = append(body, nested(w.down())...)
	body = append(body, "ELSE", "    -- The row has not been migrated.")
	body = append(body, nested(w.up())...)
	return append(body, "END IF;")
}

func nested(lines []string) []string {
	list := make([]string, len(lines))
	for i, line := range lines {
		list[i] = "    " + line
	}
	return list
}

// writer writes the assignments of a transition.
type writer struct {
	t     schema.OpenTransition
	table schema.QualifiedName
}

func (w writer) onInsert(table schema.Table) []string {
	t := w.t
	body := []string{"IF " + allNull("NEW", t.New) + " THEN"}
	body = append(body, "    IF "+anyNotNull("NEW", t.Old)+" THEN", "        "+w.count(), "    END IF;")
	body = append(body, nested(w.up())...)
	supply := w.supply()
	if len(supply) > 0 && !hasDefault(table, t.Old) {
		body = append(body, "    IF "+allNull("NEW", t.Old)+" THEN", "        -- Neither side was written.")
		body = append(body, nested(nested(slices.Concat(supply, w.down())))...)
		body = append(body, "    END IF;")
	}
	body = append(body, "ELSE")
	if len(t.New) > 1 {
		body = append(body, nested(supply)...)
	}
	if down := w.down(); len(down) > 0 {
		body = append(body, "    -- Unless the writer has set the old side as well.")
		if condition := unwritten(table, t.Old); condition == "" {
			body = append(body, nested(down)...)
		} else {
			body = append(body, "    IF "+condition+" THEN")
			body = append(body, nested(nested(down))...)
			body = append(body, "    END IF;")
		}
	}
	if body[len(body)-1] == "ELSE" {
		body = body[:len(body)-1]
	}
	return append(body, "END IF;")
}

// supply gives new columns that were left out their declared defaults.
func (w writer) supply() []string {
	var lines []string
	for _, column := range w.t.New {
		if value, ok := w.t.Defaults[column]; ok {
			target := field("NEW", column)
			lines = append(lines, "IF "+target+" IS NULL THEN", "    "+target+" := "+value+";", "END IF;")
		}
	}
	return lines
}

// hasDefault reports whether a column that is left out gets a value.
func hasDefault(table schema.Table, columns []schema.Name) bool {
	return slices.ContainsFunc(columns, func(name schema.Name) bool {
		column := table.Column(name)
		return column != nil && (column.Default != nil || column.Identity != nil)
	})
}

// unwritten is true of an INSERT that leaves the columns at their defaults. A
// volatile default (a sequence) gives another value each time, so that such a
// column tells nothing; "" where none does.
func unwritten(table schema.Table, columns []schema.Name) string {
	var conditions []string
	for _, name := range columns {
		column := table.Column(name)
		switch {
		case column == nil || column.Default == nil && column.Identity == nil:
			conditions = append(conditions, field("NEW", name)+" IS NULL")
		case column.Identity != nil:
		case column.Default.Volatility == schema.Immutable || column.Default.Volatility == schema.Stable || column.Default.IsLiteral():
			conditions = append(conditions, "record_image_eq("+rowOf("NEW", []schema.Name{name})+", ROW(("+
				expressionSQL(*column.Default)+")::"+column.Type.SQL()+"))")
		}
	}
	return strings.Join(conditions, " AND ")
}

func (w writer) count() string {
	return "PERFORM " + Nextval(w.t.Counter) + ";"
}

// up computes the new side from the old one.
func (w writer) up() []string { return w.assign(w.t.New, w.t.Old, w.t.Up) }

// complete computes those new columns that are NULL.
func (w writer) complete() []string {
	var lines []string
	for _, column := range w.t.New {
		lines = append(lines, "IF "+field("NEW", column)+" IS NULL THEN")
		lines = append(lines, nested(w.assign([]schema.Name{column}, w.t.Old, w.t.Up))...)
		lines = append(lines, "END IF;")
	}
	return lines
}

// down computes the old side, as far as something feeds it, from the new one.
func (w writer) down() []string { return w.assign(fed(w.t), w.t.New, w.t.Down) }

// fed are the old columns that are computed from the new side.
func fed(t schema.OpenTransition) []schema.Name {
	return slices.DeleteFunc(slices.Clone(t.Old), func(column schema.Name) bool {
		_, ok := t.Down[column]
		return !ok
	})
}

// assign sets columns to expressions over others. A column that is taken over
// as it is needs no query.
func (w writer) assign(targets, from []schema.Name, expressions map[schema.Name]string) []string {
	var lines, into, values []string
	for _, column := range targets {
		target := field("NEW", column)
		if source, plain := plainSource(w.table, expressions[column], from); plain {
			lines = append(lines, target+" := "+field("NEW", source)+";")
			continue
		}
		into, values = append(into, target), append(values, "("+expressions[column]+")")
	}
	if len(values) == 0 {
		return lines
	}
	row := make([]string, len(from))
	for i, column := range from {
		row[i] = field("NEW", column) + " AS " + column.Quote()
	}
	// The row has the name of the table, as expressions may use it, and holds
	// nothing but the columns of the other side.
	return append(lines,
		"SELECT "+strings.Join(values, ", "),
		"    INTO "+strings.Join(into, ", "),
		"    FROM (SELECT "+strings.Join(row, ", ")+") AS "+w.table.Name.Quote()+";")
}

// plainSource returns the column that an expression is nothing but; an empty
// expression means the only one that there is.
func plainSource(table schema.QualifiedName, expression string, from []schema.Name) (schema.Name, bool) {
	if expression == "" && len(from) == 1 {
		return from[0], true
	}
	for _, column := range from {
		if expression == column.Quote() || expression == table.Name.Quote()+"."+column.Quote() {
			return column, true
		}
	}
	return "", false
}

// sourcesAreColumns reports a transition without expressions upwards.
func sourcesAreColumns(t schema.OpenTransition) bool {
	for _, column := range t.New {
		if _, plain := plainSource(t.Table, t.Up[column], t.Old); !plain {
			return false
		}
	}
	return true
}

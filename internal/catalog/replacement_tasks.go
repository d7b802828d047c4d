// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// replacementCheck is the check by which the server stores an expression of a
// replacement: that it IS NOT NULL. A default cannot name columns, and a view
// prints them otherwise from 16 on than before: then a newer server would take
// an open transition for a redefined one.
const replacementCheck schema.Name = "pgphase_expression"

// replacementRow is a row of sql/replacement.sql.
type replacementRow struct {
	Test       string
	Volatility schema.Volatility
	// Beyond reports that it names more than columns: the row as a whole, or a
	// system column.
	Beyond bool
}

// expression is what the check tests.
func (row replacementRow) expression() string {
	text := strings.TrimSuffix(strings.TrimPrefix(row.Test, "("), " IS NOT NULL)")
	return strings.TrimSpace(text) // CASE starts on a new line
}

// replacements adds the questions about replacements to a workbench.
type replacements struct {
	bench *workbench
	// beyond are expressions that the server takes, though the trigger does
	// not have what they name.
	beyond []*ExpressionError
}

// direction is one side of a replacement as it follows from the other one.
type direction struct {
	path   []string
	target schema.Column
	// from are the columns that an expression may name: those that the trigger
	// knows.
	from []schema.Column
	// attribute is where an expression for it is written.
	attribute string
}

func (r *replacements) addGroup(group replacementGroup) {
	for _, column := range group.new {
		replaces := column.Replaces
		path := []string{"columns", string(column.Name), "replaces"}
		up := direction{path: path, target: bare(column), attribute: "up = %q"}
		for _, name := range replaces.Columns {
			up.from = append(up.from, *find(group.old, name))
		}
		switch {
		case replaces.Up != nil:
			up.path = slices.Concat(path, []string{"up"})
			r.addExpression(replaces.Up, up, func() {})
		case len(up.from) == 1:
			r.addAssignment(up)
		}
		for _, old := range up.from {
			down := direction{path: path, target: old, from: group.new, attribute: "down = { " + old.Name.Quote() + " = %q }"}
			e, said := replaces.Down[old.Name]
			switch {
			case said:
				down.path = slices.Concat(path, []string{"down", string(old.Name)})
				r.addExpression(&e, down, func() { replaces.Down[old.Name] = e })
			case replaces.Up == nil && len(group.new) == 1 && len(group.old) == 1:
				r.addAssignment(down)
			}
		}
	}
}

// addExpression asks about an expression on a table that has nothing but the
// columns that it may name, and whether its value can be assigned.
func (r *replacements) addExpression(e *schema.Expression, d direction, done func()) {
	table := r.bench.table
	t := &task{expressions: []expressionAt{{d.path, e}}, columns: d.from}
	if isLiteral(*e) {
		// A literal gets its type from where it stands, as the default of the
		// column that it is for.
		t.build = []statement{{sql: ddl.SetDefault(table, d.target.Name, e)}}
		t.read = []string{"columns"}
		t.accept = func(table *schema.Table) {
			e.Canonical, e.Volatility = "NULL", schema.Immutable
			if stored := table.Column(d.target.Name); stored != nil {
				adopt(e, stored.Default)
			}
			done()
		}
	} else {
		test := schema.Check{Name: replacementCheck, Expression: schema.Expression{Text: "(" + e.Text + "\n) IS NOT NULL"}}
		if drop := r.dropOthers(d); drop != "" {
			t.build = append(t.build, statement{sql: drop})
		}
		t.build = append(t.build,
			statement{sql: ddl.AddConstraint(table, ddl.CheckConstraint(test))},
			statement{sql: ddl.AddColumn(table, d.target)},
			parsedOnly("UPDATE "+table.String()+" SET "+d.target.Name.Quote()+" = ("+e.Text+"\n)"))
		t.read = []string{"replacement"}
		t.accept = func(*schema.Table) {
			for _, row := range t.rows.replacement {
				e.Canonical, e.Volatility = row.expression(), row.Volatility
				if row.Beyond {
					refused := &ExpressionError{
						Path: d.path, Expression: e.Text, SQLState: stateFeatureNotSupported,
						Message: "the row as a whole and system columns cannot be used",
					}
					d.explainNames(refused, table.Name)
					r.beyond = append(r.beyond, refused)
				}
			}
			done()
		}
	}
	t.explain = func(refused *ExpressionError) { d.explain(refused, t.failed, e.Text, table.Name) }
	r.bench.late = append(r.bench.late, t)
}

// addAssignment asks whether a column can be taken over as it is.
func (r *replacements) addAssignment(d direction) {
	source := d.from[0]
	if source.Type.Equal(d.target.Type) {
		return
	}
	table := r.bench.table
	t := &task{path: d.path, build: []statement{
		parsedOnly("UPDATE " + table.String() + " SET " + d.target.Name.Quote() + " = " + source.Name.Quote()),
	}}
	t.explain = func(refused *ExpressionError) {
		refused.Expression = source.Name.Quote()
		d.explain(refused, t.failed, source.Name.Quote(), table.Name)
	}
	r.bench.late = append(r.bench.late, t)
}

// dropOthers leaves the table with the columns that an expression may name.
func (r *replacements) dropOthers(d direction) string {
	var drops []string
	for _, column := range r.bench.columns {
		if find(d.from, column.Name) == nil {
			drops = append(drops, "DROP COLUMN "+column.Name.Quote())
		}
	}
	if len(drops) == 0 {
		return ""
	}
	return "ALTER TABLE " + r.bench.table.String() + " " + strings.Join(drops, ", ")
}

func parsedOnly(sql string) statement {
	return statement{sql: sql, describe: func([]pgconn.FieldDescription) error { return nil }}
}

// isLiteral reports a literal, perhaps in parentheses.
func isLiteral(e schema.Expression) bool {
	text := strings.TrimSpace(e.Text)
	for (schema.Expression{Text: text}).IsParenthesised() {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	return schema.Expression{Text: text}.IsLiteral()
}

// explain says what to write instead.
func (d direction) explain(refused *ExpressionError, failed, text string, table schema.Name) {
	assigned := strings.HasPrefix(failed, "UPDATE ") || strings.Contains(failed, " SET DEFAULT ")
	switch refused.SQLState {
	case stateDatatypeMismatch:
		if assigned {
			cast := text + "::" + d.target.Type.SQL()
			if !(schema.Expression{Text: text}).IsAtomic() {
				cast = "(" + cast[:len(text)] + ")" + cast[len(text):]
			}
			refused.Hint = "PostgreSQL does not convert that by itself. Write the cast, or another expression of that type:\n\n    " +
				fmt.Sprintf(d.attribute, cast)
		}
	case stateUndefinedColumn, stateUndefinedTable:
		d.explainNames(refused, table)
	case stateFeatureNotSupported, stateGroupingError, stateWindowingError:
		refused.Hint = "The value follows from the columns of one row: subqueries, aggregates, window functions and functions that return sets " +
			"cannot be used. A function can do what one expression cannot."
	}
}

// explainNames says what can be named.
func (d direction) explainNames(refused *ExpressionError, table schema.Name) {
	names := make([]schema.Name, len(d.from))
	for i, column := range d.from {
		names[i] = column.Name
	}
	refused.Hint = fmt.Sprintf("The trigger that keeps both sides in step knows the columns of the other side only: %s (or %s.%s).",
		schema.QuoteNames(names), table.Quote(), names[0].Quote())
}

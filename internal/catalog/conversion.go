// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// otherSide is the name of a column's other side on the workbench: an expression
// knows either side by the name of the column.
const otherSide schema.Name = "pgphase_other_side"

// retyping is a column on its way to another type under its name.
type retyping struct {
	table    schema.QualifiedName
	old, new schema.Column
	// open reports that the transition has begun.
	open bool
}

// retypingOf returns the two sides of a column that gets another type; nil where
// it has the type that it is declared with, and no transition is open.
func retypingOf(desired schema.Table, column schema.Column, observed *schema.Table) *retyping {
	have := observed.Column(column.Name)
	if have == nil {
		return nil
	}
	r := retyping{table: desired.Name, old: bare(*have), new: bare(column)}
	for _, t := range observed.Transitions {
		if t.Kind != schema.ColumnRetyped || t.Visible() != column.Name {
			continue
		}
		hidden := t.New[0]
		if t.Phase == schema.Migrate {
			hidden = t.Old[0]
		}
		other := observed.Column(hidden)
		if other == nil {
			return nil
		}
		r.open = true
		if t.Phase == schema.Migrate {
			r.old, r.new = bare(*other), bare(*have)
			r.old.Name = column.Name
		} else {
			r.new = bare(*other)
			r.new.Name = column.Name
		}
		return &r
	}
	collated := column.Collation == have.Collation ||
		column.Collation.Name == have.Collation.Name && (column.Collation.Schema == "" || have.Collation.Schema == "")
	if column.Type.Equal(have.Type) && collated {
		return nil
	}
	return &r
}

// canonicalizeConversions gives the expressions that convert values the server's
// words, and finds out what only the server knows of a change of type. A
// conversion that has nothing to convert is left alone.
func canonicalizeConversions(ctx context.Context, conn *pgx.Conn, desired *schema.Table, observed *schema.Table) ([]*ExpressionError, error) {
	if observed == nil {
		return nil, nil
	}
	var all []*ExpressionError
	for i := range desired.Columns {
		column := &desired.Columns[i]
		r := retypingOf(*desired, *column, observed)
		if r == nil || column.Replaces != nil || column.Generated != nil {
			continue
		}
		if column.Conversion == nil {
			column.Conversion = &schema.Conversion{}
		}
		refused, err := r.spell(ctx, conn, column.Conversion)
		all = append(all, refused...)
		if err != nil {
			return all, err
		}
		if len(refused) > 0 || r.open && !column.Conversion.Declared() {
			continue
		}
		if column.Conversion.Facts, err = r.facts(ctx, conn, observed); err != nil {
			return all, err
		}
	}
	return all, nil
}

// spell asks about the expressions of the author.
func (r retyping) spell(ctx context.Context, conn *pgx.Conn, c *schema.Conversion) ([]*ExpressionError, error) {
	var all []*ExpressionError
	for _, side := range []struct {
		attribute  string
		expression *schema.Expression
		from, to   schema.Column
	}{{"up", c.Up, r.old, r.new}, {"down", c.Down, r.new, r.old}} {
		if side.expression == nil {
			continue
		}
		spelled, refused, err := r.expression(ctx, conn, *side.expression, side.from, side.to)
		for _, e := range refused {
			e.Path = []string{"columns", string(r.old.Name), side.attribute}
			e.Message = strings.ReplaceAll(e.Message, `"`+string(otherSide)+`"`, `"`+string(r.old.Name)+`"`)
			e.Hint = strings.ReplaceAll(e.Hint, "    up = ", "    "+side.attribute+" = ")
		}
		all = append(all, refused...)
		if err == nil && len(refused) == 0 && spelled.Volatility == schema.Stable {
			var immutable bool
			if immutable, err = r.immutable(ctx, conn, spelled, side.from, side.to); immutable {
				spelled.Volatility = schema.Immutable
			}
		}
		*side.expression = spelled
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// expression asks about one, as about that of a column that replaces another.
func (r retyping) expression(ctx context.Context, conn *pgx.Conn, e schema.Expression, from, to schema.Column) (schema.Expression, []*ExpressionError, error) {
	to.Name = otherSide
	to.Replaces = &schema.Replacement{Columns: []schema.Name{from.Name}, Up: &e}
	desired := schema.Table{Name: r.table, Columns: []schema.Column{to}}
	observed := schema.Table{Name: r.table, Columns: []schema.Column{from}}
	refused, err := canonicalizeReplacements(ctx, conn, &desired, &observed)
	return *desired.Columns[0].Replaces.Up, refused, err
}

// facts asks what PostgreSQL makes of the two types.
func (r retyping) facts(ctx context.Context, conn *pgx.Conn, observed *schema.Table) (*schema.ConversionFacts, error) {
	var facts schema.ConversionFacts
	var err error
	if facts.Assigns, err = r.assigns(ctx, conn); err != nil {
		return nil, err
	}
	if facts.Cast, err = r.cast(ctx, conn, r.old, r.new); err != nil {
		return nil, err
	}
	if facts.Back, err = r.cast(ctx, conn, r.new, r.old); err != nil {
		return nil, err
	}
	if observed.Column(r.old.Name).Type.Equal(r.old.Type) {
		facts.Uncarried, err = r.uncarried(ctx, conn, observed)
	}
	return &facts, err
}

// assigns reports whether one side can be assigned to the other.
func (r retyping) assigns(ctx context.Context, conn *pgx.Conn) (bool, error) {
	other := r.new
	other.Name = otherSide
	b := newWorkbench(conn, schema.Table{Name: r.table, Columns: []schema.Column{r.old, other}}, nil)
	t := &task{optional: true, build: []statement{
		parsedOnly("UPDATE " + b.table.String() + " SET " + otherSide.Quote() + " = " + r.old.Name.Quote()),
	}}
	b.late = append(b.late, t)
	_, err := b.run(ctx)
	return err == nil && t.err == nil, err
}

// cast returns the cast in the server's words; "" where there is none, or where
// it follows the settings of a session. That of an enum is merely stable because
// values can be added to it.
func (r retyping) cast(ctx context.Context, conn *pgx.Conn, from, to schema.Column) (string, error) {
	e := schema.Expression{Text: from.Name.Quote() + "::" + to.Type.SQL()}
	spelled, refused, err := r.expression(ctx, conn, e, from, to)
	if err != nil || len(refused) > 0 {
		return "", err
	}
	isEnum := func(c schema.Column) bool { return c.Type.Facts != nil && c.Type.Facts.Kind == "e" }
	if isEnum(from) || isEnum(to) || spelled.Volatility == schema.Immutable {
		return spelled.Canonical, nil
	}
	immutable, err := r.immutable(ctx, conn, e, from, to)
	if !immutable {
		return "", err
	}
	return spelled.Canonical, nil
}

// immutable lets the server judge by its rule for generated columns: of a cast
// by way of text, the stored expression does not name the functions.
func (r retyping) immutable(ctx context.Context, conn *pgx.Conn, e schema.Expression, from, to schema.Column) (bool, error) {
	to.Name, to.Generated = otherSide, &schema.Generated{Expression: e}
	b := newWorkbench(conn, schema.Table{Name: r.table, Columns: []schema.Column{from}}, nil)
	t := &task{optional: true, build: []statement{{sql: ddl.AddColumn(b.table, to)}}}
	b.late = append(b.late, t)
	_, err := b.run(ctx)
	return err == nil && t.err == nil, err
}

// uncarried tries the indexes and checks of the column on the new type.
func (r retyping) uncarried(ctx context.Context, conn *pgx.Conn, observed *schema.Table) ([]string, error) {
	table := schema.Table{Name: observed.Name}
	for _, c := range observed.Columns {
		if c.Name == r.old.Name {
			c = r.new
		}
		table.Columns = append(table.Columns, bare(c))
	}
	b := newWorkbench(conn, table, nil)
	var names []string
	for _, index := range observed.Indexes {
		if index.Constraint != "" && len(index.Keys) == 0 || !slices.Contains(index.Columns, r.old.Name) &&
			!slices.ContainsFunc(index.Keys, func(k schema.IndexKey) bool { return k.Column == r.old.Name }) {
			continue
		}
		tried := cloneIndex(index)
		b.addIndex(&tried)
		names = append(names, "index "+index.Name.String())
	}
	for _, check := range observed.Checks {
		if !slices.Contains(check.Columns, r.old.Name) {
			continue
		}
		tried := schema.Check{Name: check.Name, Expression: *cloneExpression(&check.Expression)}
		b.addCheck(&tried)
		names = append(names, "check constraint "+string(check.Name))
	}
	for _, t := range b.late {
		t.read, t.accept, t.optional = nil, nil, true
	}
	if _, err := b.run(ctx); err != nil {
		return nil, err
	}
	var items []string
	for i, t := range b.late {
		if t.err != nil {
			items = append(items, names[i]+": "+messageOf(t.err))
		}
	}
	return items, nil
}

// messageOf is what the server says.
func messageOf(err error) string {
	if refused, ok := errors.AsType[*ExpressionError](err); ok {
		return refused.Message
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Message
	}
	return err.Error()
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// asker lets the server say what types and expressions of a configuration
// mean. It refuses what the server refuses, on the attribute that says it.
type asker struct {
	db   *database
	with func(context.Context, func(*pgx.Conn) error) error
}

// asker asks over any connection of the pool.
func (d *database) asker() *asker { return &asker{d, d.withConnection} }

// askerOn asks over the connection that holds the lock of a table.
func (d *database) askerOn(session *executor.Session) *asker {
	return &asker{d, func(_ context.Context, use func(*pgx.Conn) error) error { return use(session.Conn()) }}
}

// table resolves everything of a desired table. existing is nil for a new one.
func (a *asker) table(ctx context.Context, existing, desired *schema.Table) diag.Diagnostics {
	diags := a.types(ctx, desired.Columns, func(c schema.Column) path.Path {
		return path.Root("columns").AtMapKey(string(c.Name)).AtName("type")
	})
	diags.Append(a.collations(ctx, desired.Columns, func(c schema.Column) path.Path {
		return path.Root("columns").AtMapKey(string(c.Name)).AtName("collation")
	})...)
	if diags.HasError() {
		return diags
	}
	if diags = a.partition(ctx, existing, desired); diags.HasError() {
		return diags
	}
	idle := idleReplacements(existing, desired.Columns)
	diags.Append(a.expressions(ctx, desired.ID(), attributePath, func(ctx context.Context, conn *pgx.Conn) (refused []*catalog.ExpressionError, err error) {
		probe := *desired
		if desired.Attachment != nil {
			// What its own constraints can name.
			probe.Columns = expressible(desired.Attachment.Parent.Columns)
		}
		probe, refused, err = catalog.Canonicalize(ctx, conn, probe, existing)
		if desired.Attachment != nil {
			probe.Columns = nil
		}
		*desired = probe
		return refused, err
	})...)
	for i := range desired.Columns {
		if replacement := idle[desired.Columns[i].Name]; replacement != nil {
			desired.Columns[i].Replaces = replacement
		}
	}
	return diags
}

// column resolves one desired column of a table.
func (a *asker) column(ctx context.Context, table *schema.Table, desired *schema.Column) diag.Diagnostics {
	columns := []schema.Column{*desired}
	diags := a.types(ctx, columns, func(schema.Column) path.Path { return path.Root("type") })
	diags.Append(a.collations(ctx, columns, func(schema.Column) path.Path { return path.Root("collation") })...)
	if diags.HasError() {
		return diags
	}
	idle := idleReplacements(table, columns)[desired.Name]
	*desired = columns[0]
	name := schema.ColumnName{Table: table.Name, Column: desired.Name}
	diags.Append(a.expressions(ctx, name.String(), attributePath, func(ctx context.Context, conn *pgx.Conn) (refused []*catalog.ExpressionError, err error) {
		*desired, refused, err = catalog.CanonicalizeColumn(ctx, conn, *table, *desired)
		return refused, err
	})...)
	if idle != nil {
		desired.Replaces = idle
	}
	return diags
}

// idleReplacements takes replacements out of the columns whose old columns are
// not there: their expressions have nothing to say, and the planner knows
// whether that is the end of a transition or a mistake.
func idleReplacements(table *schema.Table, columns []schema.Column) map[schema.Name]*schema.Replacement {
	idle := map[schema.Name]*schema.Replacement{}
	for i, c := range columns {
		if c.Replaces == nil {
			continue
		}
		missing := func(old schema.Name) bool { return table == nil || table.Column(old) == nil }
		if slices.ContainsFunc(c.Replaces.Columns, missing) {
			idle[c.Name], columns[i].Replaces = c.Replaces, nil
		}
	}
	return idle
}

// index resolves the expressions, collations and operator classes of an index.
func (a *asker) index(ctx context.Context, table *schema.Table, desired *schema.Index) diag.Diagnostics {
	diags := missingColumns(table, *desired)
	if diags.HasError() {
		return diags
	}
	return a.expressions(ctx, desired.Name.String(), attributePath, func(ctx context.Context, conn *pgx.Conn) (refused []*catalog.ExpressionError, err error) {
		*desired, refused, err = catalog.CanonicalizeIndex(ctx, conn, *table, *desired)
		for _, e := range refused {
			switch {
			case len(e.Path) > 0:
			case strings.HasPrefix(e.Message, "tablespace") || strings.HasSuffix(e.Message, "for tablespace "+string(desired.Tablespace)):
				e.Path = []string{"tablespace"}
			case strings.HasPrefix(e.Message, "access method"):
				e.Path = []string{"method"}
			case strings.Contains(e.Message, "operator class") || strings.Contains(e.Message, "collation"):
				e.Path = []string{"keys"}
			}
		}
		return refused, err
	})
}

// missingColumns reports keys and included columns that the table does not
// have: the server would say it of the index as a whole.
func missingColumns(table *schema.Table, index schema.Index) diag.Diagnostics {
	var diags diag.Diagnostics
	missing := func(at path.Path, column schema.Name) {
		if column != "" && table.Column(column) == nil {
			diags.AddAttributeError(shown(at), fmt.Sprintf("%s has no column %s", table.Name, column),
				fmt.Sprintf("The index %s names it. The columns of the table are %s.", index.Name, schema.QuoteNames(columnNames(table))))
		}
	}
	for i, key := range index.Keys {
		missing(path.Root("keys").AtListIndex(i), key.Column)
	}
	for _, column := range index.Include {
		missing(path.Root("include"), column)
	}
	return diags
}

// attributePath turns the path of an expression into one of the framework:
// columns, email, default and keys, 0, expression.
func attributePath(elements []string) path.Path {
	if len(elements) == 0 {
		return path.Empty()
	}
	p := path.Root(elements[0])
	for i, element := range elements[1:] {
		place, err := strconv.Atoi(element)
		switch {
		case i == 0 && isMapAttribute(elements[0]):
			p = p.AtMapKey(element)
		case err == nil:
			p = p.AtListIndex(place)
		default:
			p = p.AtName(element)
		}
	}
	return p
}

// shown cuts a path to what Terraform can find in a configuration: an attribute
// of the resource, and one key or place in it. Of a longer path Terraform 1.11
// looks for the last name among the attributes of the resource, and points at
// the wrong one or at none (measured).
func shown(p path.Path) path.Path {
	steps := p.Steps()
	if len(steps) < 2 {
		return p
	}
	cut := path.Empty()
	for i, step := range steps[:2] {
		switch s := step.(type) {
		case path.PathStepAttributeName:
			if i == 0 {
				cut = path.Root(string(s))
			}
		case path.PathStepElementKeyString:
			cut = cut.AtMapKey(string(s))
		case path.PathStepElementKeyInt:
			cut = cut.AtListIndex(int(s))
		}
	}
	return cut
}

// isMapAttribute reports the attributes of a table whose elements have names.
func isMapAttribute(name string) bool {
	return slices.Contains([]string{"columns", "unique", "checks", "exclusions", "options"}, name)
}

// types resolves the types that are not known yet, all in one question.
func (a *asker) types(ctx context.Context, columns []schema.Column, at func(schema.Column) path.Path) diag.Diagnostics {
	var diags diag.Diagnostics
	var texts []string
	for _, c := range columns {
		if c.Type.Canonical == "" {
			texts = append(texts, c.Type.Text)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	resolved, refused, err := a.db.types.resolve(ctx, a.with, texts)
	if err != nil {
		return a.db.report(err)
	}
	for i, c := range columns {
		if c.Type.Canonical != "" {
			continue
		}
		if announced, ok := a.db.announcements.typeNamed(c.Type.Text); ok && refused[c.Type.Text] != nil {
			columns[i].Type = announced
			continue
		}
		if err := refused[c.Type.Text]; err != nil {
			diags.AddAttributeError(shown(at(c)), fmt.Sprintf("Type %s of column %s cannot be used", c.Type.Text, c.Name), capitalize(err.Error())+"."+insteadOfSerial(c.Type.Text))
			continue
		}
		columns[i].Type = resolved[c.Type.Text]
	}
	return diags
}

// insteadOfSerial is what to write for what looks like a type.
func insteadOfSerial(text string) string {
	types := map[string]string{
		"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint", "smallserial": "smallint", "serial2": "smallint",
	}
	base, serial := types[strings.ToLower(text)]
	if !serial {
		return ""
	}
	return fmt.Sprintf(" It is no type, but the notation for an integer with a sequence beside it. Write\n\n    type     = %q\n    identity = \"by default\"", base)
}

// collations looks for collations that are not there.
func (a *asker) collations(ctx context.Context, columns []schema.Column, at func(schema.Column) path.Path) diag.Diagnostics {
	var names, missing []schema.QualifiedName
	for _, c := range columns {
		if !c.Collation.IsZero() && !slices.Contains(names, c.Collation) {
			names = append(names, c.Collation)
		}
	}
	if len(names) == 0 {
		return nil
	}
	err := a.with(ctx, func(conn *pgx.Conn) (err error) {
		missing, err = catalog.MissingCollations(ctx, conn, names)
		return err
	})
	if err != nil {
		return a.db.report(err)
	}
	var diags diag.Diagnostics
	for _, c := range columns {
		if slices.Contains(missing, c.Collation) {
			diags.AddAttributeError(shown(at(c)), fmt.Sprintf("Collation %s of column %s does not exist", c.Collation, c.Name),
				"A name in capital letters or with a hyphen needs its SQL quotes, as in \"de-x-icu\"; one that is not in search_path its schema. "+
					"The server has those of:\n\n    SELECT collnamespace::regnamespace, collname FROM pg_collation;")
		}
	}
	return diags
}

// foreignKey finds out whether the types of a foreign key go together, where
// they differ.
func (a *asker) foreignKey(ctx context.Context, table *schema.Table, fk *schema.ForeignKey) diag.Diagnostics {
	snapshot, err := a.db.snapshot(ctx)
	if err != nil {
		return a.db.report(err)
	}
	referenced := a.db.announcements.overlay(snapshot.Table(fk.References), fk.References)
	if referenced == nil {
		return nil // the check of preconditions says so
	}
	fk.ReferencesPartitioned = referenced.Partitioned()
	var here, there []schema.Type
	for i := range min(len(fk.Columns), len(fk.ReferencedColumns)) {
		own, other := table.Column(fk.Columns[i]), referenced.Column(fk.ReferencedColumns[i])
		if own == nil || other == nil {
			return nil // the same
		}
		if !own.Type.Equal(other.Type) {
			here, there = append(here, own.Type), append(there, other.Type)
		}
	}
	if len(here) == 0 {
		return nil
	}
	var refusal string
	err = a.with(ctx, func(conn *pgx.Conn) (err error) {
		refusal, err = catalog.CanReference(ctx, conn, here, there)
		return err
	})
	if err != nil {
		return a.db.report(err)
	}
	if refusal == "" {
		return nil
	}
	var diags diag.Diagnostics
	pairs := make([]string, len(here))
	for i := range here {
		pairs[i] = fmt.Sprintf("%s cannot refer to %s", here[i].SQL(), there[i].SQL())
	}
	diags.AddAttributeError(path.Root("columns"), fmt.Sprintf("Foreign key %s of %s has columns of types that do not go together", fk.Name, fk.Table),
		fmt.Sprintf("PostgreSQL has no operator to compare them by an index: %s. Give both columns the same type.", strings.Join(pairs, ", ")))
	return diags
}

// expressions lets the server spell the expressions of an object.
func (a *asker) expressions(ctx context.Context, object string, at func([]string) path.Path, ask func(context.Context, *pgx.Conn) ([]*catalog.ExpressionError, error)) diag.Diagnostics {
	var diags diag.Diagnostics
	var refused []*catalog.ExpressionError
	once := func(ctx context.Context) error {
		return a.with(ctx, func(conn *pgx.Conn) (err error) {
			refused, err = ask(ctx, conn)
			return err
		})
	}
	err := once(ctx)
	var cannot *catalog.CannotCompareError
	if len(refused) > 0 || errors.As(err, &cannot) {
		// What the server lacks may be what this run creates.
		if later, differs := a.upcoming(ctx); differs {
			cannot, err = nil, once(later)
		}
	}
	switch {
	case errors.As(err, &cannot):
		diags.AddWarning(fmt.Sprintf("Expressions of %s are compared as text", object),
			capitalize(cannot.Error())+".\n\nAn expression that is only spelled in another way shows as a change until the role may do that.")
	case err != nil:
		return a.db.report(err)
	}
	for _, e := range refused {
		if len(e.Path) == 0 {
			diags.AddError(fmt.Sprintf("PostgreSQL refuses %s", object), expressionDetail(e))
			continue
		}
		what := "an expression of "
		if e.Expression == "" || e.Path[0] == "partition_of" {
			what = ""
		}
		diags.AddAttributeError(shown(at(e.Path)), fmt.Sprintf("PostgreSQL refuses %s%s", what, object), expressionDetail(e))
	}
	return diags
}

// expressionDetail shows the expression and the place of the mistake.
func expressionDetail(e *catalog.ExpressionError) string {
	if e.Position == 0 && e.Message == `syntax error at or near ")"` {
		// That parenthesis is ours.
		e.Message = "syntax error at its end"
	}
	detail := fmt.Sprintf("%s (SQLSTATE %s).", capitalize(e.Message), e.SQLState)
	if e.Expression != "" {
		detail = fmt.Sprintf("%s (SQLSTATE %s):\n\n    %s", capitalize(e.Message), e.SQLState, strings.ReplaceAll(e.Expression, "\n", "\n    "))
	}
	if e.Position > 0 && !strings.Contains(e.Expression, "\n") {
		detail += "\n    " + strings.Repeat(" ", e.Position-1) + "^"
	}
	for _, more := range []string{e.Detail, e.Hint} {
		if more != "" {
			detail += "\n\n" + more
		}
	}
	return detail
}

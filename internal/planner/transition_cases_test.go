// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// transitionCase is a configuration before and after a transition of columns.
type transitionCase struct {
	name    string
	version int
	// before changes the users table, after what is desired of it.
	before, after func(*schema.Table)
}

func (c transitionCase) tables() (before, after schema.Table) {
	before = usersTable()
	c.before(&before)
	after = usersTable()
	c.before(&after)
	// A configuration knows nothing of indexes behind constraints.
	after.Indexes = nil
	c.after(&after)
	return before, after
}

func replaced(up *schema.Expression, down map[schema.Name]schema.Expression, columns ...schema.Name) *schema.Replacement {
	return &schema.Replacement{Columns: columns, Up: up, Down: down}
}

func without(names ...schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		t.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c schema.Column) bool { return slices.Contains(names, c.Name) })
	}
}

func checked(name schema.Name, expression string) func(*schema.Table) {
	return func(t *schema.Table) {
		t.Checks = slices.DeleteFunc(slices.Clone(t.Checks), func(c schema.Check) bool { return c.Name == name })
		t.Checks = append(t.Checks, schema.Check{Name: name, Expression: *expr(expression, schema.Immutable)})
	}
}

func uncheck(name schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		t.Checks = slices.DeleteFunc(slices.Clone(t.Checks), func(c schema.Check) bool { return c.Name == name })
	}
}

func uniqueNow(columns ...schema.Name) func(*schema.Table) {
	return func(t *schema.Table) { t.Uniques = []schema.Key{{Name: "users_name_key", Columns: columns}} }
}

func down(column schema.Name, expression string) map[schema.Name]schema.Expression {
	return map[schema.Name]schema.Expression{column: *expr(expression, schema.Immutable)}
}

var (
	fullName  = schema.Column{Name: "full_name", Type: text, Position: 4}
	firstName = schema.Column{Name: "first_name", Type: text, Nullable: true}
	lastName  = schema.Column{Name: "last_name", Type: text, Nullable: true}
	splitUp1  = expr("split_part(full_name, ' ', 1)", schema.Immutable)
	splitUp2  = expr("split_part(full_name, ' ', 2)", schema.Immutable)
)

func with(column schema.Column, r *schema.Replacement) func(*schema.Table) {
	column.Replaces = r
	return add(column)
}

var transitionCases = []transitionCase{
	{
		name: "rename", version: 16,
		before: all(add(schema.Column{Name: "name", Type: text, Position: 4}), checked("users_name_check", "name <> ''"),
			observedUnique(schema.Key{Name: "users_name_key", Columns: []schema.Name{"name"}})),
		after: all(without("name"), with(schema.Column{Name: "display_name", Type: text, Default: expr("'nobody'", schema.Immutable), Comment: "shown"},
			replaced(nil, nil, "name")), checked("users_name_check", "display_name <> ''"), uniqueNow("display_name")),
	},
	{
		name: "rename-other-constraints", version: 18,
		before: all(add(schema.Column{Name: "name", Type: text, Position: 4}), checked("users_name_check", "name <> ''"),
			observedUnique(schema.Key{Name: "users_name_key", Columns: []schema.Name{"name"}})),
		after: all(without("name"), with(schema.Column{Name: "display_name", Type: text}, replaced(nil, nil, "name")),
			uncheck("users_name_check"), checked("users_display_name_check", "display_name <> ''"),
			func(t *schema.Table) {
				t.Uniques = []schema.Key{{Name: "users_display_name_key", Columns: []schema.Name{"display_name"}}}
			}),
	},
	{
		name: "constraints-of-other-columns", version: 16,
		before: all(add(schema.Column{Name: "name", Type: text, Position: 4}), checked("users_name_check", "name <> email"),
			observedUnique(schema.Key{Name: "users_name_key", Columns: []schema.Name{"name", "email"}})),
		after: all(without("name"), with(schema.Column{Name: "display_name", Type: text}, replaced(nil, nil, "name")),
			checked("users_name_check", "email <> ''"), uniqueNow("email")),
	},
	{
		name: "rename-key", version: 15,
		before: func(t *schema.Table) { t.Columns[0].Identity = nil },
		after: all(without("id"), with(schema.Column{Name: "user_id", Type: bigint}, replaced(nil, nil, "id")), func(t *schema.Table) {
			t.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"user_id"}}
		}),
	},
	{
		name: "rename-optional", version: 14,
		before: add(schema.Column{Name: "name", Type: text, Position: 4}),
		after:  all(without("name"), with(schema.Column{Name: "nick", Type: text, Nullable: true}, replaced(nil, nil, "name"))),
	},
	{
		name: "split", version: 17,
		before: add(fullName),
		after: all(without("full_name"), with(firstName, replaced(splitUp1, nil, "full_name")),
			with(lastName, replaced(splitUp2, down("full_name", "first_name || ' ' || last_name"), "full_name"))),
	},
	{
		name: "split-without-down", version: 18,
		before: add(fullName),
		after: all(without("full_name"), with(firstName, replaced(splitUp1, nil, "full_name")),
			with(lastName, replaced(splitUp2, nil, "full_name"))),
	},
	{
		name: "merge", version: 16,
		before: all(add(firstName), add(lastName)),
		after: all(without("first_name", "last_name"), with(fullName, replaced(expr("first_name || ' ' || last_name", schema.Immutable),
			map[schema.Name]schema.Expression{
				"first_name": *expr("split_part(full_name, ' ', 1)", schema.Immutable),
				"last_name":  *expr("split_part(full_name, ' ', 2)", schema.Immutable),
			}, "first_name", "last_name"))),
	},
	{
		name: "retype-key", version: 17,
		before: all(func(t *schema.Table) { t.Columns[0].Type, t.Columns[0].Comment = integer, "the key" },
			checked("users_id_check", "id > 0"), observedUnique(schema.Key{Name: "users_email_id_key", Columns: []schema.Name{"id", "email"}}),
			func(t *schema.Table) {
				t.Indexes = append(t.Indexes, schema.Index{Name: public("users_id_idx"), Table: users, Method: "btree", Keys: []schema.IndexKey{{Column: "id"}}})
			}),
		after: func(t *schema.Table) { t.Columns[0].Type = bigint },
	},
	{
		name: "retype-optional", version: 18,
		before: add(schema.Column{Name: "cents", Type: integer, Nullable: true, Default: expr("0", schema.Immutable), Position: 4}),
		after: func(t *schema.Table) {
			t.Columns = slices.Clone(t.Columns)
			t.Column("cents").Type = schema.Type{Text: "numeric", Canonical: "numeric"}
		},
	},
	{
		name: "retype-converted", version: 16,
		before: all(add(schema.Column{Name: "code", Type: text, Default: expr("'0'::text", schema.Immutable), Position: 4}),
			checked("users_code_check", "(code)::integer > 0"), observedUnique(schema.Key{Name: "users_code_key", Columns: []schema.Name{"code"}})),
		after: func(t *schema.Table) {
			t.Columns = slices.Clone(t.Columns)
			code := t.Column("code")
			code.Type, code.Default = integer, expr("0", schema.Immutable)
			code.Conversion = &schema.Conversion{
				Up: expr("((code)::integer)", schema.Immutable), Down: expr("((code)::text)", schema.Immutable),
				Facts: &schema.ConversionFacts{Cast: "((code)::integer)", Back: "((code)::text)"},
			}
		},
	},
	{
		name: "retype-without-return", version: 18,
		before: add(schema.Column{Name: "seen", Type: typeOf(aware), Nullable: true, Position: 4}),
		after: func(t *schema.Table) {
			t.Columns = slices.Clone(t.Columns)
			seen := t.Column("seen")
			seen.Type = bigint
			seen.Conversion = &schema.Conversion{Up: expr("(EXTRACT(epoch FROM seen))::bigint", schema.Immutable), Facts: &schema.ConversionFacts{}}
		},
	},
	{
		name: "partitioned", version: 17,
		before: all(partitioned, add(schema.Column{Name: "cents", Type: integer, Nullable: true, Position: 4})),
		after: all(without("cents"), with(schema.Column{Name: "amount", Type: bigint, Nullable: true},
			replaced(expr("cents * 10", schema.Immutable), down("cents", "amount / 10"), "cents"))),
	},
	{
		name: "remove", version: 16,
		before: add(schema.Column{Name: "code", Type: text, Position: 4}),
		after:  all(without("code", "email"), uncheck("users_email_check")),
	},
	{
		name: "remove-of-shared-constraints", version: 17,
		before: all(add(schema.Column{Name: "code", Type: text, Position: 4}), checked("users_code_check", "code <> email"),
			observedUnique(schema.Key{Name: "users_name_key", Columns: []schema.Name{"code", "email"}})),
		after: all(without("code"), checked("users_code_check", "email <> ''"), uniqueNow("email")),
	},
	{
		name: "remove-18", version: 18,
		before: add(schema.Column{Name: "code", Type: text, Position: 4, NotNull: &schema.NotNullConstraint{Name: "users_code_not_null", Valid: true}}),
		after:  without("code"),
	},
}

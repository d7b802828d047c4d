// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func textType(text string) schema.Type { return schema.Type{Text: text, Canonical: text} }

// newRules describes a transition on a table with the column id, a column that
// was dropped, a generated one and one that nobody maps.
func newRules(table schema.Name, old, new []schema.Column, up, down map[schema.Name]string) rules { //nolint:predeclared // the words of the transition: old and new columns
	r := rules{table: schema.Table{
		Name:       schema.QualifiedName{Schema: "public", Name: table},
		Columns:    append([]schema.Column{{Name: "id", Type: textType("bigint")}, {Name: "noise", Type: textType("integer"), Nullable: true}}, old...),
		PrimaryKey: &schema.Key{Name: table + "_pkey", Columns: []schema.Name{"id"}},
	}}
	t := schema.OpenTransition{Kind: schema.ColumnReplaced, Table: r.table.Name, Phase: schema.Expand, Up: up, Down: down, Defaults: map[schema.Name]string{}}
	for _, column := range old {
		t.Old = append(t.Old, column.Name)
		_, fed := down[column.Name]
		r.Fed = append(r.Fed, fed)
		var initial value
		if column.Default != nil {
			initial = val(strings.Split(column.Default.Text, "'")[1])
		}
		r.OldDefaults = append(r.OldDefaults, initial)
	}
	declared := false
	for _, column := range new {
		t.New = append(t.New, column.Name)
		var initial value
		if column.Default != nil {
			t.Defaults[column.Name] = column.Default.Text
			initial, declared = val(strings.Split(column.Default.Text, "'")[1]), true
		}
		column.Default = nil
		r.table.Columns = append(r.table.Columns, column)
		r.NewDefaults = append(r.NewDefaults, initial)
	}
	if !declared {
		r.NewDefaults = nil
	}
	t.Name = schema.DerivedName("transition", append([]schema.Name{"public", table}, t.New...)...)
	ddl.NameDualWrite(&t)
	r.transition = t
	return r
}

func column(name schema.Name, typ string, initial ...string) schema.Column {
	c := schema.Column{Name: name, Type: textType(typ), Nullable: true}
	if len(initial) > 0 {
		text := ddl.Literal(initial[0]) + "::" + typ
		c.Default = &schema.Expression{Text: text, Canonical: text, Volatility: schema.Immutable}
	}
	return c
}

func each(f func(string) value) func([]value) []value {
	return func(values []value) []value {
		if values[0] == nil {
			return []value{nil}
		}
		return []value{f(*values[0])}
	}
}

func identity(values []value) []value { return append([]value{}, values...) }

// allRules are transitions of every shape.
func allRules() map[string]rules {
	renamed := func(table, from, to schema.Name, oldDefault, newDefault []string) rules {
		r := newRules(table, []schema.Column{column(from, "character varying(20)", oldDefault...)}, []schema.Column{column(to, "text", newDefault...)},
			map[schema.Name]string{to: ""}, map[schema.Name]string{from: to.Quote()})
		r.Up, r.Down = identity, identity
		return r
	}
	all := map[string]rules{
		"rename":                    renamed("users", "user_name", "display_name", nil, nil),
		"rename, both defaults":     renamed("users", "user_name", "display_name", []string{"a"}, []string{"b"}),
		"rename, new default":       renamed("users", "user_name", "display_name", nil, []string{"b"}),
		"rename, old default":       renamed("users", "user_name", "display_name", []string{"a"}, nil),
		"rename, words of PL/pgSQL": renamed("new", "begin", "if", nil, []string{"b"}),
		"rename, long and quoted":   renamed(`Us"ers'`, schema.Name(strings.Repeat("ü", 31)), schema.Name(strings.Repeat(`"`, 62)+"x"), []string{"a"}, nil),
	}

	split := newRules("people", []schema.Column{column("full_name", "text")}, []schema.Column{column("first", "text"), column("last", "text", "Z")},
		map[schema.Name]string{"first": "split_part(full_name, ' '::text, 1)", "last": "split_part(people.full_name, ' '::text, 2)"},
		map[schema.Name]string{"full_name": "((people.first || ' '::text) || last)"})
	split.Up = func(v []value) []value {
		if v[0] == nil {
			return []value{nil, nil}
		}
		parts := append(strings.Split(*v[0], " "), "")
		return []value{val(parts[0]), val(parts[1])}
	}
	split.Down = func(v []value) []value {
		if v[0] == nil || v[1] == nil {
			return []value{nil}
		}
		return []value{val(*v[0] + " " + *v[1])}
	}
	all["split"] = split

	// The names are those of variables of PL/pgSQL and of the function.
	merged := newRules("people", []schema.Column{column("old", "text", "a"), column("tg_op", "text")}, []schema.Column{column("new", "character varying(40)")},
		map[schema.Name]string{"new": "((old || ' '::text) || tg_op)"},
		map[schema.Name]string{"old": "split_part((new)::text, ' '::text, 1)", "tg_op": "split_part((new)::text, ' '::text, 2)"})
	merged.Up, merged.Down = split.Down, split.Up
	all["merge"] = merged

	half := newRules("people", []schema.Column{column("full_name", "text")}, []schema.Column{column("found", "text")},
		map[schema.Name]string{"found": "upper(full_name)"}, nil)
	half.Up, half.Down = each(func(s string) value { return val(strings.ToUpper(s)) }), func([]value) []value { return []value{nil} }
	all["no way down"] = half

	// NULL is a state of its own upwards, and downwards two states are one.
	lossy := newRules("orders", []schema.Column{column("status", "integer", "1")}, []schema.Column{column("state", "text", "new")},
		map[schema.Name]string{"state": "CASE WHEN (status > 3) THEN 'done'::text ELSE COALESCE((status)::text, 'none'::text) END"},
		map[schema.Name]string{"status": "CASE state WHEN 'done'::text THEN 4 WHEN 'none'::text THEN NULL::integer ELSE length(state) END"})
	lossy.Up = func(v []value) []value {
		if v[0] == nil {
			return []value{val("none")}
		}
		if n, _ := strconv.Atoi(*v[0]); n > 3 {
			return []value{val("done")}
		}
		return []value{v[0]}
	}
	lossy.Down = each(func(s string) value {
		switch s {
		case "done":
			return val("4")
		case "none":
			return nil
		}
		return val(strconv.Itoa(len(s)))
	})
	all["lossy"] = lossy
	return all
}

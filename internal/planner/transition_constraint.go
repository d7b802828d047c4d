// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The kinds of keys.
const (
	primaryKind = "primary key"
	uniqueKind  = "unique constraint"
)

// constraint is what transitions need to know of any constraint: its columns.
type constraint struct {
	kind, what string
	name       schema.Name
	path       []string
	// mentions are columns that it names; asks answers for text that nobody
	// has parsed.
	mentions []schema.Name
	asks     []schema.Expression
}

// namedOf returns those of the columns that the constraint names.
func (c constraint) namedOf(columns []schema.Name) []schema.Name {
	return slices.DeleteFunc(slices.Clone(columns), func(n schema.Name) bool {
		return !contains(c.mentions, n) && !slices.ContainsFunc(c.asks, func(e schema.Expression) bool { return e.Mentions(n) })
	})
}

func (c constraint) names(columns []schema.Name) bool { return len(c.namedOf(columns)) > 0 }

// is reports the same constraint of another description of the table: by name,
// but a table has one primary key.
func (c constraint) is(other constraint) bool {
	return c.kind == other.kind && (c.kind == primaryKind || c.name == other.name)
}

func keyConstraint(kind string, k schema.Key) constraint {
	path := []string{"unique", string(k.Name), "columns"}
	if kind == primaryKind {
		path = []string{"primary_key", "columns"}
	}
	return constraint{
		kind: kind, name: k.Name, what: fmt.Sprintf("%s %s", kind, k.Name), path: path,
		mentions: append(slices.Clone(k.Columns), k.Include...),
	}
}

func checkConstraint(k schema.Check) constraint {
	c := constraint{
		kind: "check constraint", name: k.Name, what: fmt.Sprintf("check %s", k.Name), path: []string{"checks", string(k.Name), "expression"},
		mentions: k.Columns,
	}
	if len(k.Columns) == 0 {
		c.asks = []schema.Expression{k.Expression}
	}
	return c
}

func exclusionConstraint(e schema.Exclusion) constraint {
	c := constraint{
		kind: "exclusion constraint", name: e.Name, what: fmt.Sprintf("exclusion constraint %s", e.Name), path: []string{"exclusions", string(e.Name)},
		mentions: slices.Clone(e.Include),
	}
	for _, element := range e.Elements {
		if element.Column != "" {
			c.mentions = append(c.mentions, element.Column)
		}
		if element.Expression != nil {
			c.asks = append(c.asks, *element.Expression)
		}
	}
	if e.Where != nil {
		c.asks = append(c.asks, *e.Where)
	}
	return c
}

// constraintsOf are all constraints of the table but foreign keys.
func constraintsOf(t schema.Table) []constraint {
	var all []constraint
	if t.PrimaryKey != nil {
		all = append(all, keyConstraint(primaryKind, *t.PrimaryKey))
	}
	for _, k := range t.Uniques {
		all = append(all, keyConstraint(uniqueKind, k))
	}
	for _, k := range t.Checks {
		all = append(all, checkConstraint(k))
	}
	for _, e := range t.Exclusions {
		all = append(all, exclusionConstraint(e))
	}
	return all
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// upcoming is a schema, type or sequence that this run creates. A table that is
// planned after it can have a column of a type that the server does not know yet.
type upcoming struct {
	// exists reports that it is there by now.
	exists func(*catalog.Snapshot) bool
	// statements create it.
	statements []string
	// schema is set for a schema, enum for a type.
	schema schema.Name
	enum   *schema.Enum
}

func (a *announcements) create(u upcoming) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.neighbours = append(a.neighbours, u)
}

func (a *announcements) createsSchema(name schema.Name) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.neighbours, func(u upcoming) bool { return u.schema == name })
}

// typeNamed returns the type of a column that an announced enum will be, or that
// of its arrays.
func (a *announcements) typeNamed(text string) (schema.Type, bool) {
	bare := strings.TrimSpace(text)
	element := strings.TrimSpace(strings.TrimSuffix(bare, "[]"))
	name, err := schema.ParseQualifiedName(element)
	if err != nil {
		return schema.Type{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, u := range a.neighbours {
		if u.enum == nil || u.enum.Name != name {
			continue
		}
		is := u.enum.Type()
		if element != bare {
			is = u.enum.ArrayType()
		}
		is.Text = text
		return is, true
	}
	return schema.Type{}, false
}

// upcoming lets the server compare expressions as if what is announced were
// there: each resource has announced itself after those that it needs. It reports
// false where all of it is. By the time of an apply, what an expression names is
// there, and other objects come into being: nobody asks then.
func (a *asker) upcoming(ctx context.Context) (context.Context, bool) {
	announced := &a.db.announcements
	announced.mu.Lock()
	neighbours := slices.Clone(announced.neighbours)
	announced.mu.Unlock()
	if len(neighbours) == 0 {
		return ctx, false
	}
	snapshot, err := a.db.snapshot(ctx)
	if err != nil {
		return ctx, false // whoever asks meets the same error
	}
	var statements []string
	for _, u := range neighbours {
		if !u.exists(snapshot) {
			statements = append(statements, u.statements...)
		}
	}
	return catalog.WithUpcoming(ctx, statements), len(statements) > 0
}

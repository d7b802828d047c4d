// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// redefined is a kind whose definition can go through phases. No ledger knows of
// that: the catalog shows how far it is, by the names of what stands beside the
// object. An object that was found therefore carries its halves.
type redefined[M, O any] interface {
	// phase says how far a redefinition may go.
	phase(model *M) (phase schema.Phase, verify bool)
	// retained lists what the object keeps until contract.
	retained(table *schema.Table, object O) []string
}

var (
	_ redefined[indexModel, schema.Index]           = indexKind{}
	_ redefined[foreignKeyModel, schema.ForeignKey] = foreignKeyKind{}
)

// redefinitionAttributes are those of a resource whose definition can go through
// phases. The new one is made in a way of its own.
func redefinitionAttributes(object, made, retained string) map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		"phase": rschema.StringAttribute{
			Optional: true, Validators: oneOf("expand", "migrate", "contract"),
			MarkdownDescription: fmt.Sprintf("How far a new definition may go, in applies of their own: `expand` %s, `migrate` %s, `contract` drops the old one. "+
				"From `migrate` back to `expand` swaps the names back; declaring the old definition again takes the new one away. Without it, one apply does all "+
				"of that. It has nothing to do for a new %s.", made, "swaps the names", object),
		},
		retainedAttribute: rschema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: fmt.Sprintf("What waits for `contract`: `%s`. For postconditions and policies.", retained),
		},
	}
}

func stringsOf(texts []string) types.List {
	values := []attr.Value{}
	for _, text := range texts {
		values = append(values, types.StringValue(text))
	}
	return types.ListValueMust(types.StringType, values)
}

func (indexKind) phase(model *indexModel) (schema.Phase, bool) {
	return schema.Phase(model.Phase.ValueString()), true
}

func (foreignKeyKind) phase(model *foreignKeyModel) (schema.Phase, bool) {
	return schema.Phase(model.Phase.ValueString()), true
}

func (indexKind) retained(table *schema.Table, index schema.Index) []string {
	return planner.RetainedIndex(*table, index.Name)
}

func (foreignKeyKind) retained(table *schema.Table, fk schema.ForeignKey) []string {
	return planner.RetainedForeignKey(*table, fk.Name)
}

// declaredIndex is the index as a state shows it. One with a phase shows the new
// definition as soon as it is expanded, though the name is still that of the old
// one: the state would else report its own expand as drift.
func declaredIndex(index schema.Index, phase types.String) schema.Index {
	if phase.IsNull() || index.Successor == nil || index.Successor.Invalid {
		return index
	}
	declared := *index.Successor
	declared.Name, declared.Table = index.Name, index.Table
	return declared
}

// declaredForeignKey does the same for a foreign key, whose proof waits for
// migrate.
func declaredForeignKey(fk schema.ForeignKey, like *foreignKeyModel) schema.ForeignKey {
	if like.Phase.IsNull() || fk.Successor == nil {
		return fk
	}
	declared := *fk.Successor
	declared.Name, declared.Table, declared.NotValid = fk.Name, fk.Table, like.NotValid.ValueBool()
	return declared
}

// withHalves puts an index and what stands beside it in the place of those that
// the table has.
func (indexKind) withHalves(table *schema.Table, index schema.Index) {
	now, past := planner.IndexHalves(*table, index.Name)
	table.Indexes = withHalves(table.Indexes, []*schema.Index{now, past}, []*schema.Index{index.Successor, index.Predecessor},
		func(i schema.Index) schema.Name { return i.Name.Name })
	index.Successor, index.Predecessor = nil, nil
	table.Indexes = replaced(table.Indexes, index, func(i schema.Index) schema.Name { return i.Name.Name })
}

func (foreignKeyKind) withHalves(table *schema.Table, fk schema.ForeignKey) {
	now, past := planner.ForeignKeyHalves(*table, fk.Name)
	table.ForeignKeys = withHalves(table.ForeignKeys, []*schema.ForeignKey{now, past}, []*schema.ForeignKey{fk.Successor, fk.Predecessor},
		func(f schema.ForeignKey) schema.Name { return f.Name })
	fk.Successor, fk.Predecessor = nil, nil
	table.ForeignKeys = replaced(table.ForeignKeys, fk, func(f schema.ForeignKey) schema.Name { return f.Name })
}

// withHalves returns the parts without some that may be there, and with others.
func withHalves[T any](parts []T, without, with []*T, name func(T) schema.Name) []T {
	rest := slices.DeleteFunc(slices.Clone(parts), func(part T) bool {
		return slices.ContainsFunc(without, func(half *T) bool { return half != nil && name(*half) == name(part) })
	})
	for _, half := range with {
		if half != nil {
			rest = append(rest, *half)
		}
	}
	return rest
}

// indexUse says how the old and the new index of a redefinition are used, where
// the plan drops the old one: as long as both are there, queries choose.
func (d *database) indexUse(ctx context.Context, table, old, successor schema.QualifiedName) ([]planner.Finding, error) {
	if !d.liveChecks {
		return nil, nil
	}
	answer, err := d.about(ctx, table)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, side := range []struct {
		what string
		name schema.QualifiedName
	}{{"The old index", old}, {"The new index", successor}} {
		for _, u := range indexesOf(answer, func(name schema.QualifiedName) bool { return name == side.name }) {
			lines = append(lines, fmt.Sprintf("%s, as this server counts (not its standbys):\n\n%s", side.what, usageLine(u)))
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	return []planner.Finding{{
		Severity: hazard.Warning, Path: []string{"phase"}, Summary: fmt.Sprintf("Use of index %s before it is dropped", old),
		Detail: strings.Join(lines, "\n\n") + "\n\nWhile both are there, each query takes the one that suits it.",
	}}, nil
}

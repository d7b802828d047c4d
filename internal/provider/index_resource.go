// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// newIndexResource returns pgphase_index.
func newIndexResource() resource.Resource {
	return newManagedResource[indexModel, schema.Index](indexKind{})
}

type indexKind struct{}

var _ kind[indexModel, schema.Index] = indexKind{}

func (indexKind) typeName() string                      { return "index" }
func (indexKind) schema() rschema.Schema                { return indexSchema() }
func (indexKind) identitySchema() identityschema.Schema { return indexIdentitySchema() }
func (indexKind) createsTable() bool                    { return false }

func (indexKind) complete(plan, _ *indexModel, _ settings) { plan.complete() }

func (indexKind) decode(ctx context.Context, model *indexModel) (schema.Index, diag.Diagnostics) {
	return model.decode(ctx)
}

func (indexKind) encode(_ context.Context, index schema.Index, like *indexModel) (indexModel, diag.Diagnostics) {
	return encodeIndex(index, like), nil
}

func (indexKind) id(index schema.Index) string { return index.Name.String() }

// indexIdentityModel is the resource identity of an index.
type indexIdentityModel struct {
	Schema types.String `tfsdk:"schema"`
	Name   types.String `tfsdk:"name"`
}

func (indexKind) identity(index schema.Index) any {
	return indexIdentityModel{
		Schema: types.StringValue(string(index.Name.Schema)),
		Name:   types.StringValue(string(index.Name.Name)),
	}
}

func (indexKind) fromIdentity(read func(any) error) (indexModel, error) {
	var identity indexIdentityModel
	if err := read(&identity); err != nil {
		return indexModel{}, err
	}
	name := schema.QualifiedName{Schema: schemaOrPublic(identity.Schema), Name: schema.Name(identity.Name.ValueString())}
	return importedIndex(name), name.Validate()
}

func (indexKind) parseID(id string) (indexModel, error) {
	name, err := schema.ParseQualifiedName(id)
	return importedIndex(name), err
}

// importedIndex knows no table yet: its id names only the schema and the
// index, and Read asks the catalog.
func importedIndex(name schema.QualifiedName) indexModel {
	return indexModel{
		ID:          types.StringValue(name.String()),
		Name:        types.StringValue(string(name.Name)),
		Options:     types.MapNull(types.StringType),
		Acknowledge: types.SetNull(types.StringType),
		Operations:  types.ListNull(operationType),
		Retained:    types.ListNull(types.StringType),
	}
}

func (indexKind) relation(index schema.Index) relation {
	return relation{table: index.Table, index: index.Name}
}

func (indexKind) find(table *schema.Table, like schema.Index) *schema.Index {
	index := table.Index(like.Name.Name)
	if index == nil {
		return nil
	}
	found := *index
	found.Successor, found.Predecessor = planner.IndexHalves(*table, found.Name)
	return &found
}

// suspended reports an index that an interrupted change of a column's type is
// about to build again.
func (indexKind) suspended(table *schema.Table, index schema.Index) bool {
	return planner.IsSetAside(*table, index.Name)
}

func (indexKind) adopt(desired *schema.Index, observed schema.Index) (rest bool) {
	rest = adoptIndex(desired, &observed)
	for _, half := range []*schema.Index{observed.Successor, observed.Predecessor} {
		if half != nil {
			rest = adoptIndex(desired, half)
		}
	}
	return rest
}

func (indexKind) ask(ctx context.Context, asker *asker, table *schema.Table, desired *schema.Index) diag.Diagnostics {
	return asker.index(ctx, table, desired)
}

func (indexKind) validate(schema.Index) []planner.Finding { return nil }

func (indexKind) plan(change planner.Change, table *schema.Table, desired schema.Index, prior, observed *schema.Index) planner.Plan {
	if prior != nil && prior.Table != desired.Table {
		return planner.Plan{Findings: []planner.Finding{*movedToTable("Index "+prior.Name.String(), prior.Table, desired.Table)}}
	}
	if prior == nil {
		// Whether the name is taken on this table is the planner's question.
		return planner.PlanIndex(change, *table, desired, nil)
	}
	return planner.PlanIndex(change, *table, desired, observed)
}

func (indexKind) planDrop(change planner.Change, table *schema.Table, observed schema.Index) planner.Plan {
	return planner.PlanIndexDrop(change, *table, observed)
}

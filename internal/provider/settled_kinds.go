// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// servedType is what the server knows of a resource type without the framework.
type servedType struct {
	settling

	schema rschema.Schema
	typ    tftypes.Type // of the schema
	stored *shape
	checks checks
	// resource returns a new one.
	resource func() validated
}

// validated is a resource that looks at configurations.
type validated interface {
	resource.ResourceWithConfigure
	resource.ResourceWithValidateConfig
}

// servedTypes are all of them, by name. They never change.
var servedTypes = sync.OnceValue(func() map[string]*servedType {
	types := map[string]*servedType{}
	serve(types, tableKind{})
	serve(types, columnKind{})
	serve(types, indexKind{})
	serve(types, foreignKeyKind{})
	return types
})

func serve[M, O any, K interface {
	kind[M, O]
	settledKind[O]
}](types map[string]*servedType, k K) {
	ctx := context.Background()
	s := k.schema()
	typ := s.Type().TerraformType(ctx)
	all, err := checksOf(s.Attributes)
	if err != nil {
		all = nil // the framework checks alone
	}
	types["pgphase_"+k.typeName()] = &servedType{
		newSettled[O](ctx, k), s, typ, shapeOf(typ), all,
		func() validated { return &managedResource[M, O]{kind: k, schema: s} },
	}
}

// settling answers about the settled objects of one resource type.
type settling interface {
	// unchanged returns the identity of the object if the server has it as the
	// snapshot does; nil for any other.
	unchanged(ctx context.Context, db *database, state outline, snapshot *observedSnapshot) *tfprotov6.ResourceIdentityData
	// quiet registers what the object declares, and reports that there is
	// nothing to say about it.
	quiet(ctx context.Context, db *database, state outline) bool
}

// settledKind is the part of a kind that it takes.
type settledKind[O any] interface {
	relation(object O) relation
	find(table *schema.Table, like O) *O
	own(observed, like O) O
	identity(object O) any
	identitySchema() identityschema.Schema

	// locate returns the little of an object that relation, find and own need;
	// false where the outline does not say it.
	locate(state outline) (O, bool)
}

// unobtrusive is a kind that may have something to say of a settled object.
type unobtrusive[O any] interface {
	quiet(db *database, table *schema.Table, like O) bool
}

// settled implements settling for every kind.
type settled[O any] struct {
	kind         settledKind[O]
	identity     identityschema.Schema
	identityType tftypes.Type
}

func newSettled[O any](ctx context.Context, kind settledKind[O]) settling {
	identity := kind.identitySchema()
	return settled[O]{kind, identity, identity.Type().TerraformType(ctx)}
}

// table looks up the table of an object; nil where something goes on with it.
func (s settled[O]) table(ctx context.Context, db *database, state outline) (table *schema.Table, like O) {
	like, ok := s.kind.locate(state)
	if !ok {
		return nil, like
	}
	table, err := db.lookup(ctx, s.kind.relation(like))
	if err != nil || table == nil || len(table.Transitions) > 0 {
		return nil, like
	}
	return table, like
}

func (s settled[O]) unchanged(ctx context.Context, db *database, state outline, snapshot *observedSnapshot) *tfprotov6.ResourceIdentityData {
	table, like := s.table(ctx, db, state)
	if table == nil {
		return nil
	}
	now := s.kind.find(table, like)
	if now == nil || len(snapshot.Open) > 0 || !snapshot.isOf(s.kind.own(*now, like)) {
		return nil
	}
	identity := tfsdk.ResourceIdentity{Schema: s.identity, Raw: tftypes.NewValue(s.identityType, nil)}
	if identity.Set(ctx, s.kind.identity(*now)).HasError() {
		return nil
	}
	data, err := tfprotov6.NewDynamicValue(s.identityType, identity.Raw)
	if err != nil {
		return nil
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}
}

func (s settled[O]) quiet(ctx context.Context, db *database, state outline) bool {
	table, like := s.table(ctx, db, state)
	if table == nil {
		return false
	}
	if kind, ok := s.kind.(unobtrusive[O]); ok {
		return kind.quiet(db, table, like)
	}
	return true
}

func (tableKind) locate(state outline) (schema.Table, bool) {
	table := schema.Table{
		Name:           schema.QualifiedName{Schema: state.schema, Name: state.name},
		IgnoredColumns: state.ignored,
	}
	for _, column := range state.columns {
		table.Columns = append(table.Columns, schema.Column{Name: column})
	}
	for _, constraint := range state.constraints { // of which kind does not matter
		table.Checks = append(table.Checks, schema.Check{Name: constraint})
	}
	return table, state.schema != "" && state.name != ""
}

func (tableKind) quiet(db *database, table *schema.Table, like schema.Table) bool {
	says := func(kind schema.PartKind) bool {
		return db.driftPolicy.severity(driftUndeclared, string(kind)) >= hazard.Warning
	}
	if says(schema.ColumnPart) && len(undeclaredColumns(*table, like)) > 0 ||
		says(schema.ConstraintPart) && len(undeclaredConstraints(*table, like)) > 0 {
		return false
	}
	a := &db.announcements
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, column := range like.Columns {
		if a.declare(schema.ColumnName{Table: table.Name, Column: column.Name}, "the pgphase_table "+table.ID()) != nil {
			return false
		}
	}
	return true
}

func (columnKind) locate(state outline) (tableColumn, bool) {
	table, ok := state.tableName()
	return tableColumn{Table: table, Column: schema.Column{Name: state.name}}, ok
}

func (columnKind) quiet(db *database, _ *schema.Table, like tableColumn) bool {
	a := &db.announcements
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.declare(like.name(), "the pgphase_column "+like.name().String()) == nil
}

func (indexKind) locate(state outline) (schema.Index, bool) {
	table, ok := state.tableName()
	return schema.Index{Table: table, Name: schema.QualifiedName{Schema: table.Schema, Name: state.name}}, ok
}

func (foreignKeyKind) locate(state outline) (schema.ForeignKey, bool) {
	table, ok := state.tableName()
	return schema.ForeignKey{Table: table, Name: state.name}, ok
}

// quiet says at once that the foreign key stays: a table that is to go waits
// for that.
func (foreignKeyKind) quiet(db *database, _ *schema.Table, like schema.ForeignKey) bool {
	db.announcements.decide(false, like)
	return true
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	lschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/migrator"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// listable is a kind whose objects can be listed.
type listable[O any] interface {
	// list returns the objects of a table that a resource can declare, with
	// their bare names.
	list(table *schema.Table) iter.Seq2[schema.Name, O]
}

var (
	_ list.ListResourceWithConfigure = (*listResource[tableModel, schema.Table])(nil)
	_ listable[schema.Table]         = tableKind{}
	_ listable[tableColumn]          = columnKind{}
	_ listable[schema.Index]         = indexKind{}
	_ listable[schema.ForeignKey]    = foreignKeyKind{}
)

// listResource lists the objects of one resource type for terraform query
// (Terraform 1.14 and later; others never ask).
type listResource[M, O any] struct {
	kind interface {
		kind[M, O]
		listable[O]
	}
	schema rschema.Schema
	db     *database
}

func newListResource[M, O any, K interface {
	kind[M, O]
	listable[O]
}](k K) func() list.ListResource {
	return func() list.ListResource { return &listResource[M, O]{kind: k, schema: k.schema()} }
}

func (l *listResource[M, O]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + l.kind.typeName()
}

func (l *listResource[M, O]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	l.db, _ = req.ProviderData.(*database)
}

// listModel is what a list block says. Table is null in a list of tables.
type listModel struct {
	Schema     types.String
	Table      types.String
	Like       types.String
	Regex      types.String
	Partitions types.Bool
}

func (l *listResource[M, O]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	what := strings.ReplaceAll(l.kind.typeName(), "_", " ")
	attributes := map[string]lschema.Attribute{
		"schema": lschema.StringAttribute{
			Optional: true, Validators: nameValidators(),
			MarkdownDescription: "Schema of the tables. Default: every schema that is not the system's.",
		},
		"like": lschema.StringAttribute{
			Optional: true, Validators: []validator.String{likeValidator{}},
			MarkdownDescription: "Pattern of the names as in SQL's LIKE: `%` is any text, `_` any character, `\\` takes the meaning from the next one.",
		},
		"regex": lschema.StringAttribute{
			Optional: true, Validators: []validator.String{regexValidator{}},
			MarkdownDescription: "Regular expression that matches a part of the names. With `like`, both have to match.",
		},
		"partitions": lschema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether partitions are listed besides the tables that they belong to. Default: `false`.",
		},
	}
	if !l.kind.createsTable() {
		attributes["table"] = lschema.StringAttribute{
			Optional: true, Validators: []validator.String{tableIDValidator{}},
			MarkdownDescription: "The one table that is looked at, as `schema.table`. Default: all of them.",
		}
	}
	resp.Schema = lschema.Schema{
		MarkdownDescription: fmt.Sprintf("Lists each %s that a `pgphase_%s` can declare, in the order of the tables. Left out are tables of extensions, and those in which "+
			"other tools keep their records. Whether a configuration declares one already is not known to a provider; import blocks of what a state has do nothing.", what, l.kind.typeName()),
		Attributes: attributes,
	}
}

func (l *listResource[M, O]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	model, diags := l.read(ctx, req.Config)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	objects, diags := l.objects(ctx, model)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		pushed := int64(0)
		for table, object := range objects {
			if req.Limit > 0 && pushed == req.Limit {
				return
			}
			if !push(l.result(ctx, req, table, object)) {
				return
			}
			pushed++
		}
	}
}

func (l *listResource[M, O]) read(ctx context.Context, config tfsdk.Config) (model listModel, diags diag.Diagnostics) {
	for _, attribute := range []struct {
		name   string
		target any
	}{{"schema", &model.Schema}, {"like", &model.Like}, {"regex", &model.Regex}, {"partitions", &model.Partitions}} {
		diags.Append(config.GetAttribute(ctx, path.Root(attribute.name), attribute.target)...)
	}
	if !l.kind.createsTable() {
		diags.Append(config.GetAttribute(ctx, path.Root("table"), &model.Table)...)
	}
	return model, diags
}

// objects are those that the block asks for, each with its table.
func (l *listResource[M, O]) objects(ctx context.Context, model listModel) (iter.Seq2[*schema.Table, O], diag.Diagnostics) {
	var diags diag.Diagnostics
	if l.db == nil || !l.db.known() {
		diags.AddError("The server is not known", "The configuration of the provider has values that are not known yet, so that there is nothing to list. Create the server first.")
		return nil, diags
	}
	snapshot, err := l.db.snapshot(ctx)
	if err != nil {
		return nil, l.db.report(err)
	}
	tables, diags := listedTables(snapshot, model)
	if diags.HasError() {
		return nil, diags
	}
	like, err := (&tablesModel{Like: model.Like}).matcher()
	if err != nil {
		diags.AddAttributeError(path.Root("like"), "Invalid pattern", err.Error())
	}
	regex, err := (&tablesModel{Like: types.StringNull(), Regex: model.Regex}).matcher()
	if err != nil {
		diags.AddAttributeError(path.Root("regex"), "Invalid pattern", err.Error())
	}
	return func(yield func(*schema.Table, O) bool) {
		for _, table := range tables {
			for name, object := range l.kind.list(table) {
				if like(string(name)) && regex(string(name)) && !yield(table, object) {
					return
				}
			}
		}
	}, diags
}

// listedTables are the tables that a block looks at. What it names has to be
// there.
func listedTables(snapshot *catalog.Snapshot, model listModel) ([]*schema.Table, diag.Diagnostics) {
	var diags diag.Diagnostics
	if in := schema.Name(model.Schema.ValueString()); in != "" {
		if _, found := snapshot.Schema(in); !found {
			diags.AddAttributeError(path.Root("schema"), fmt.Sprintf("There is no schema %s", in),
				"The database has no schema of that name, or it is one of the system's.")
			return nil, diags
		}
	}
	if id := model.Table.ValueString(); id != "" {
		name, err := schema.ParseQualifiedName(id)
		if err != nil {
			diags.AddAttributeError(path.Root("table"), "Invalid table", err.Error())
			return nil, diags
		}
		table := snapshot.Table(name)
		if table == nil {
			diags.AddAttributeError(path.Root("table"), fmt.Sprintf("Table %s does not exist", name), "The database has no table of that name.")
			return nil, diags
		}
		return []*schema.Table{table}, diags
	}
	var tables []*schema.Table
	for _, name := range snapshot.Tables() {
		table := snapshot.Table(name)
		if _, ordinary := snapshot.Schema(name.Schema); !ordinary || migrator.Of(name) != "" ||
			!model.Schema.IsNull() && string(name.Schema) != model.Schema.ValueString() ||
			!table.PartitionOf.IsZero() && !model.Partitions.ValueBool() {
			continue
		}
		tables = append(tables, table)
	}
	return tables, diags
}

// result describes an object as an import of it would.
func (l *listResource[M, O]) result(ctx context.Context, req list.ListRequest, table *schema.Table, object O) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = l.kind.id(object)
	result.Diagnostics.Append(result.Identity.Set(ctx, l.kind.identity(object))...)
	if !req.IncludeResource {
		return result
	}
	like, err := l.kind.parseID(l.kind.id(object))
	if err != nil {
		result.Diagnostics.AddError("Cannot list "+l.kind.id(object), err.Error())
		return result
	}
	l.kind.complete(&like, nil, l.db.settings)
	r := &managedResource[M, O]{kind: l.kind, schema: l.schema, db: l.db}
	raw, diags := r.encodeRaw(ctx, object, &like)
	result.Diagnostics.Append(diags...)
	if diags.HasError() {
		return result
	}
	state := tfsdk.State{Schema: l.schema, Raw: raw}
	result.Diagnostics.Append(setOperations(ctx, &state, nil)...)
	result.Diagnostics.Append(r.settleRetained(ctx, &state, table, object)...)
	result.Resource.Raw = state.Raw
	return result
}

// listed is the sequence of some objects with their names.
func listed[O any](objects []O, name func(O) schema.Name) iter.Seq2[schema.Name, O] {
	return func(yield func(schema.Name, O) bool) {
		for _, object := range objects {
			if !yield(name(object), object) {
				return
			}
		}
	}
}

func (tableKind) list(table *schema.Table) iter.Seq2[schema.Name, schema.Table] {
	return listed([]schema.Table{*table}, func(t schema.Table) schema.Name { return t.Name.Name })
}

func (columnKind) list(table *schema.Table) iter.Seq2[schema.Name, tableColumn] {
	var columns []tableColumn
	for _, c := range table.Columns {
		if !c.Inherited && table.PartitionOf.IsZero() {
			columns = append(columns, tableColumn{table.Name, c})
		}
	}
	return listed(columns, func(c tableColumn) schema.Name { return c.Column.Name })
}

func (indexKind) list(table *schema.Table) iter.Seq2[schema.Name, schema.Index] {
	return listed(table.StandaloneIndexes(), func(i schema.Index) schema.Name { return i.Name.Name })
}

func (foreignKeyKind) list(table *schema.Table) iter.Seq2[schema.Name, schema.ForeignKey] {
	return listed(table.DeclaredForeignKeys(), func(fk schema.ForeignKey) schema.Name { return fk.Name })
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var (
	_ datasource.DataSourceWithConfigure        = (*tableDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*tableDataSource)(nil)
)

// tableDataSource is the data source pgphase_table.
type tableDataSource struct {
	db *database
}

func newTableDataSource() datasource.DataSource { return &tableDataSource{} }

func (d *tableDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_table"
}

func (d *tableDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = tableDataSourceSchema()
}

func (d *tableDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.db, _ = req.ProviderData.(*database)
}

func (d *tableDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name")),
		datasourcevalidator.Conflicting(path.MatchRoot("id"), path.MatchRoot("schema")),
	}
}

func (d *tableDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id, schemaName, tableName types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("schema"), &schemaName)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &tableName)...)
	if resp.Diagnostics.HasError() {
		return
	}
	at, name := path.Root("name"), schema.QualifiedName{Schema: schemaOrPublic(schemaName), Name: schema.Name(tableName.ValueString())}
	if !id.IsNull() {
		var err error
		at = path.Root("id")
		if name, err = schema.ParseQualifiedName(id.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(at, "Invalid table", err.Error())
			return
		}
	}
	if !readable(d.db, req.ClientCapabilities, resp, "Cannot read "+name.String()) {
		return
	}
	snapshot, err := d.db.snapshot(ctx)
	if err != nil {
		resp.Diagnostics.Append(d.db.report(err)...)
		return
	}
	table := snapshot.Table(name)
	if table == nil {
		resp.Diagnostics.Append(noTable(snapshot, name, at))
		return
	}
	size, _ := snapshot.Size(name)
	object, _ := resp.State.Schema.Type().TerraformType(ctx).(tftypes.Object) // as every schema is
	value, diags := tableDataValue(ctx, *table, size, object)
	resp.Diagnostics.Append(diags...)
	if !diags.HasError() {
		resp.State.Raw = value
	}
}

// readable reports whether there is a server to ask. A data source has no
// unknown values to fall back to: Terraform refuses them, unlike those of a
// resource, and can only put the whole reading off.
func readable(db *database, client datasource.ReadClientCapabilities, resp *datasource.ReadResponse, summary string) bool {
	switch {
	case db != nil && db.known():
		return true
	case client.DeferralAllowed:
		resp.Deferred = &datasource.Deferred{Reason: datasource.DeferredReasonProviderConfigUnknown}
	default:
		resp.Diagnostics.AddError(summary+": the server is not known yet",
			"The configuration of the provider depends on something that is created in the same run, so that there is no server to ask while this is planned.\n\n"+
				"Put what creates it into depends_on of the data source. It is read during the apply then.")
	}
	return false
}

func noTable(snapshot *catalog.Snapshot, name schema.QualifiedName, at path.Path) diag.Diagnostic {
	detail := "The database has no table of that name, or the role may not see its schema."
	if kind, taken := snapshot.Object(name); taken {
		detail = fmt.Sprintf("%s is a %s.", name, kind)
	} else if _, ok := snapshot.Schema(name.Schema); !ok {
		detail = fmt.Sprintf("There is no schema %s in the database.", name.Schema)
	}
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("There is no table %s", name), detail)
}

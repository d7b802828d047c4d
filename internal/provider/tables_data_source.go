// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var (
	_ datasource.DataSourceWithConfigure        = (*tablesDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*tablesDataSource)(nil)
)

// tablesDataSource is the data source pgphase_tables.
type tablesDataSource struct {
	db *database
}

type tablesModel struct {
	Schema     types.String `tfsdk:"schema"`
	Like       types.String `tfsdk:"like"`
	Regex      types.String `tfsdk:"regex"`
	Partitions types.Bool   `tfsdk:"partitions"`
	IDs        []string     `tfsdk:"ids"`
}

func newTablesDataSource() datasource.DataSource { return &tablesDataSource{} }

func (d *tablesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_tables"
}

func (d *tablesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dschema.Schema{
		MarkdownDescription: "The tables of a schema, or those of them whose names match a pattern. Tables of extensions, views and foreign tables are not among them.",
		Attributes: map[string]dschema.Attribute{
			"schema": dschema.StringAttribute{
				Optional: true, Validators: nameValidators(),
				MarkdownDescription: "Schema of the tables. Default: `public`.",
			},
			"like": dschema.StringAttribute{
				Optional: true, Validators: []validator.String{likeValidator{}},
				MarkdownDescription: "Pattern of the names as in SQL's LIKE: `%` is any text, `_` any character, `\\` takes the meaning from the next one. At most one of `like` and `regex` is set.",
			},
			"regex": dschema.StringAttribute{
				Optional: true, Validators: []validator.String{regexValidator{}},
				MarkdownDescription: "Regular expression that matches a part of the names, in the [syntax of Terraform's `regex`](https://developer.hashicorp.com/terraform/language/functions/regex): `^orders_\\d+$`.",
			},
			"partitions": dschema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether partitions are listed besides the tables that they belong to. Default: `false`.",
			},
			"ids": dschema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "The tables as `schema.name`, each part quoted where PostgreSQL would quote it, in the order of their names. What `id` of the data source `pgphase_table` takes.",
			},
		},
	}
}

func (d *tablesDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.db, _ = req.ProviderData.(*database)
}

func (d *tablesDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.Conflicting(path.MatchRoot("like"), path.MatchRoot("regex"))}
}

func (d *tablesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model tablesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	in := schemaOrPublic(model.Schema)
	if !readable(d.db, req.ClientCapabilities, resp, "Cannot read the tables of "+in.Quote()) {
		return
	}
	matches, err := model.matcher()
	if err != nil {
		resp.Diagnostics.AddError("Invalid pattern", err.Error())
		return
	}
	snapshot, err := d.db.snapshot(ctx)
	if err != nil {
		resp.Diagnostics.Append(d.db.report(err)...)
		return
	}
	if _, ok := snapshot.Schema(in); !ok {
		resp.Diagnostics.AddAttributeError(path.Root("schema"), fmt.Sprintf("There is no schema %s", in),
			"The database has no schema of that name, or it is one of the system's.")
		return
	}
	model.IDs = tableIDs(snapshot, in, model.Partitions.ValueBool(), matches)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// tableIDs lists tables in the order of the snapshot, which is that of names.
func tableIDs(snapshot *catalog.Snapshot, in schema.Name, partitions bool, matches func(string) bool) []string {
	ids := []string{}
	for _, name := range snapshot.Tables() {
		if name.Schema != in || !matches(string(name.Name)) {
			continue
		}
		if partitions || snapshot.Table(name).PartitionOf.IsZero() {
			ids = append(ids, name.String())
		}
	}
	return ids
}

func (m *tablesModel) matcher() (func(name string) bool, error) {
	var expression string
	switch {
	case !m.Like.IsNull():
		var err error
		if expression, err = likeExpression(m.Like.ValueString()); err != nil {
			return nil, err
		}
	case !m.Regex.IsNull():
		expression = m.Regex.ValueString()
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return nil, err
	}
	return compiled.MatchString, nil
}

// likeExpression is the regular expression of a LIKE pattern.
func likeExpression(pattern string) (string, error) {
	var expression strings.Builder
	expression.WriteString(`(?s)\A`)
	escaped := false
	for _, character := range pattern {
		switch {
		case !escaped && character == '\\':
			escaped = true
			continue
		case !escaped && character == '%':
			expression.WriteString(".*")
		case !escaped && character == '_':
			expression.WriteString(".")
		default:
			expression.WriteString(regexp.QuoteMeta(string(character)))
		}
		escaped = false
	}
	if escaped {
		return "", fmt.Errorf("the LIKE pattern %q ends with its escape character", pattern)
	}
	return expression.String() + `\z`, nil
}

// likeValidator and regexValidator report a pattern before a server is asked.
type (
	likeValidator  struct{}
	regexValidator struct{}
)

func (likeValidator) Description(context.Context) string  { return "a pattern of LIKE" }
func (regexValidator) Description(context.Context) string { return "a regular expression" }

func (v likeValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v regexValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (likeValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if _, err := likeExpression(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid pattern", err.Error())
	}
}

func (regexValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if _, err := regexp.Compile(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid regular expression", err.Error())
	}
}

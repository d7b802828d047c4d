// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var (
	_ datasource.DataSourceWithConfigure        = (*transitionsDataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*transitionsDataSource)(nil)
)

// transitionsDataSource is the data source pgphase_transitions.
type transitionsDataSource struct {
	db *database
}

type transitionsModel struct {
	Schema      types.String      `tfsdk:"schema"`
	Table       types.String      `tfsdk:"table"`
	Transitions []transitionModel `tfsdk:"transitions"`
}

type transitionModel struct {
	Name                string         `tfsdk:"name"`
	Kind                string         `tfsdk:"kind"`
	Table               string         `tfsdk:"table"`
	Phase               string         `tfsdk:"phase"`
	Old                 []string       `tfsdk:"old"`
	New                 []string       `tfsdk:"new"`
	ExpandedAt          string         `tfsdk:"expanded_at"`
	MigratedAt          types.String   `tfsdk:"migrated_at"`
	Backfill            *backfillModel `tfsdk:"backfill"`
	OldStyleWrites      types.Int64    `tfsdk:"old_style_writes"`
	OldStyleWritesTotal types.Int64    `tfsdk:"old_style_writes_total"`
	LookedAt            string         `tfsdk:"looked_at"`
	ReadyForContract    bool           `tfsdk:"ready_for_contract"`
	Reasons             []string       `tfsdk:"reasons"`
}

type backfillModel struct {
	BlocksDone  int64 `tfsdk:"blocks_done"`
	BlocksTotal int64 `tfsdk:"blocks_total"`
	RowsChanged int64 `tfsdk:"rows_changed"`
}

func newTransitionsDataSource() datasource.DataSource { return &transitionsDataSource{} }

func (d *transitionsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_transitions"
}

func (d *transitionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dschema.Schema{
		MarkdownDescription: "The transitions that are open in the database: changes whose old structure is still there because running code may use it. " +
			"For `check` blocks and for pipelines that gate `phase = \"contract\"`. Empty where nothing is open. New definitions of indexes and foreign keys " +
			"are not among them: `retained` of their resources tells.",
		Attributes: map[string]dschema.Attribute{
			"schema": dschema.StringAttribute{
				Optional: true, Validators: nameValidators(),
				MarkdownDescription: "Only transitions of tables in this schema. At most one of `schema` and `table` is set; with neither, those of all tables.",
			},
			"table": dschema.StringAttribute{
				Optional: true, Validators: []validator.String{tableIDValidator{}},
				MarkdownDescription: "Only transitions of this table, as `schema.name`, each part quoted where PostgreSQL would quote it: the `id` of a `pgphase_table`. Of a table that is being renamed, either name.",
			},
			"transitions": dschema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The open transitions, in the order of their names.",
				NestedObject:        dschema.NestedAttributeObject{Attributes: transitionAttributes()},
			},
		},
	}
}

func transitionAttributes() map[string]dschema.Attribute {
	text := func(description string) dschema.Attribute {
		return dschema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	list := func(description string) dschema.Attribute {
		return dschema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	number := func(description string) dschema.Attribute {
		return dschema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]dschema.Attribute{
		"name":        text("Name in the ledger, unique in the database."),
		"kind":        text("What changes: `column replaced`, `column retyped in place`, `column removed` or `table renamed`."),
		"table":       text("The table as `schema.name`."),
		"phase":       text("The phase that was reached: `expand` or `migrate`."),
		"old":         list("Columns that `contract` drops; of a renamed table the old name, as `schema.name`."),
		"new":         list("Columns that take their place; of a renamed table the new name, as `schema.name`."),
		"expanded_at": text("When `expand` was applied, in RFC 3339 and UTC."),
		"migrated_at": text("When `migrate` was reached, in RFC 3339 and UTC; null before."),
		"backfill": dschema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: "How far the rows are filled; null where no backfill has begun, or the role may not see it.",
			Attributes: map[string]dschema.Attribute{
				"blocks_done":  number("Blocks of the table's file, 8 kB each, that are done."),
				"blocks_total": number("All blocks that were there when the backfill began."),
				"rows_changed": number("Rows that got a value."),
			},
		},
		"old_style_writes": number("Writes by code that knows only the old columns, since `looked_at`. Those that were rolled back count, too. " +
			"Null where nothing counts them: of a removed column, a column retyped in place and a renamed table."),
		"old_style_writes_total": number("The same since `expand`."),
		"looked_at":              text("When an apply has last looked at the number of writes, in RFC 3339 and UTC."),
		"ready_for_contract": dschema.BoolAttribute{
			Computed: true,
			MarkdownDescription: "Whether nothing that the database knows speaks against `contract`: it is migrated, filled and kept in step, `minimum_soak` has passed " +
				"and no old-style write has come in since `looked_at`. Who reads the old structure is not known to PostgreSQL.",
		},
		"reasons": list("What speaks against it; empty when `ready_for_contract` is true."),
	}
}

func (d *transitionsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.db, _ = req.ProviderData.(*database)
}

func (d *transitionsDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{datasourcevalidator.Conflicting(path.MatchRoot("schema"), path.MatchRoot("table"))}
}

func (d *transitionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model transitionsModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("schema"), &model.Schema)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("table"), &model.Table)...)
	if resp.Diagnostics.HasError() || !readable(d.db, req.ClientCapabilities, resp, "Cannot read the transitions") {
		return
	}
	var table schema.QualifiedName
	if !model.Table.IsNull() {
		var err error
		if table, err = schema.ParseQualifiedName(model.Table.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("table"), "Invalid table", err.Error())
			return
		}
	}
	var known []ledger.Evidence
	err := d.db.withConnection(ctx, func(conn *pgx.Conn) (err error) {
		known, err = ledger.ReadEvidence(ctx, conn)
		return err
	})
	var missing *ledger.MissingError
	if err != nil && !errors.As(err, &missing) {
		resp.Diagnostics.Append(d.db.report(err)...)
		return
	}
	model.Transitions = []transitionModel{}
	for _, e := range known {
		within := model.Schema.IsNull() || e.Table.Schema == schema.Name(model.Schema.ValueString())
		if within && (table.IsZero() || table == e.Table || table == e.Definition.OtherName) {
			model.Transitions = append(model.Transitions, d.db.transition(e))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (s settings) transition(e ledger.Evidence) transitionModel {
	m := transitionModel{
		Name: string(e.Name), Kind: string(e.Kind), Table: e.Table.String(), Phase: string(e.Phase),
		ExpandedAt: instant(e.ExpandedAt), LookedAt: instant(e.LookedAt),
	}
	m.Old, m.New = e.Sides()
	if !e.MigratedAt.IsZero() {
		m.MigratedAt = types.StringValue(instant(e.MigratedAt))
	}
	if e.Counted {
		m.OldStyleWrites, m.OldStyleWritesTotal = types.Int64Value(e.RecentWrites), types.Int64Value(e.OldStyleWrites)
	}
	for _, p := range e.Backfill {
		if m.Backfill == nil {
			m.Backfill = &backfillModel{}
		}
		m.Backfill.BlocksDone += p.Next - p.First
		m.Backfill.BlocksTotal += p.End - p.First
		m.Backfill.RowsChanged += p.RowsChanged
	}
	m.Reasons = append([]string{}, s.obstaclesToContract(e)...)
	m.ReadyForContract = len(m.Reasons) == 0
	return m
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// newSequenceResource returns pgphase_sequence.
func newSequenceResource() resource.Resource {
	return newNeighbourResource[sequenceResourceModel, schema.Sequence](sequenceKind{})
}

// sequenceResourceModel is pgphase_sequence.
type sequenceResourceModel struct {
	ID                 types.String `tfsdk:"id"`
	Schema             types.String `tfsdk:"schema"`
	Name               types.String `tfsdk:"name"`
	Type               types.String `tfsdk:"type"`
	Start              types.Int64  `tfsdk:"start"`
	Increment          types.Int64  `tfsdk:"increment"`
	MinValue           types.Int64  `tfsdk:"min_value"`
	MaxValue           types.Int64  `tfsdk:"max_value"`
	Cache              types.Int64  `tfsdk:"cache"`
	Cycle              types.Bool   `tfsdk:"cycle"`
	Comment            types.String `tfsdk:"comment"`
	DeletionProtection types.Bool   `tfsdk:"deletion_protection"`
	Acknowledge        types.Set    `tfsdk:"acknowledge"`
	Operations         types.List   `tfsdk:"operations"`
	StrongestLock      types.String `tfsdk:"strongest_lock"`
	Destructive        types.Bool   `tfsdk:"destructive"`
}

type sequenceKind struct{}

var _ neighbourKind[sequenceResourceModel, schema.Sequence] = sequenceKind{}

func (sequenceKind) typeName() string { return "sequence" }

func (sequenceKind) schema() rschema.Schema {
	own := inSchemaAttributes("sequence", "`public.order_no`. Defaults refer to it: `default = \"nextval('${pgphase_sequence.<name>.id}')\"`.")
	maps.Copy(own, sequenceOptionAttributes())
	own["type"] = rschema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString("bigint"), Validators: oneOf("smallint", "integer", "bigint"),
		MarkdownDescription: "`smallint`, `integer` or `bigint` (default).",
	}
	return rschema.Schema{
		MarkdownDescription: "A sequence of its own, which several columns or none may take values from. A column that numbers its own rows needs none: give it an `identity`. " +
			"Where the sequence stands is data and never set; a change of its options makes `nextval()` wait for an instant.",
		Attributes: neighbourAttributes("sequence", own),
	}
}

func (sequenceKind) identitySchema() identityschema.Schema { return inSchemaIdentity("sequence") }

func (sequenceKind) complete(m *sequenceResourceModel, s settings) {
	completeProtection(&m.DeletionProtection, s)
	completeName(&m.ID, &m.Schema, m.Name)
	if m.Type.IsNull() {
		m.Type = types.StringValue("bigint")
	}
	if m.Cycle.IsNull() {
		m.Cycle = types.BoolValue(false)
	}
}

func (sequenceKind) decode(_ context.Context, m *sequenceResourceModel) (schema.Sequence, diag.Diagnostics) {
	return schema.Sequence{
		Name: qualified(m.Schema, m.Name), Type: m.Type.ValueString(), Comment: m.Comment.ValueString(),
		Options: schema.SequenceOptions{
			Start: int64Pointer(m.Start), Increment: int64Pointer(m.Increment), MinValue: int64Pointer(m.MinValue), MaxValue: int64Pointer(m.MaxValue),
			Cache: int64Pointer(m.Cache), Cycle: m.Cycle.ValueBool(),
		},
	}, nil
}

// encode leaves out what is the default, unless the state spells it out.
func (sequenceKind) encode(ctx context.Context, s schema.Sequence, like *sequenceResourceModel) (sequenceResourceModel, diag.Diagnostics) {
	said, diags := sequenceKind{}.decode(ctx, like)
	said.Type, said.Options.Cycle = s.Type, s.Options.Cycle
	same := planner.SameSequence(said, s)
	m := *like
	m.ID, m.Schema, m.Name = types.StringValue(s.Name.String()), types.StringValue(string(s.Name.Schema)), types.StringValue(string(s.Name.Name))
	m.Type, m.Cycle, m.Comment = types.StringValue(s.Type), types.BoolValue(s.Options.Cycle), stringOrNull(s.Comment)
	if same {
		return m, diags
	}
	o := s.Options
	m.Start, m.Increment = types.Int64PointerValue(o.Start), types.Int64PointerValue(o.Increment)
	m.MinValue, m.MaxValue = types.Int64PointerValue(o.MinValue), types.Int64PointerValue(o.MaxValue)
	m.Cache = types.Int64PointerValue(o.Cache)
	return m, diags
}

func (sequenceKind) id(s schema.Sequence) string    { return s.Name.String() }
func (sequenceKind) identity(s schema.Sequence) any { return identityOf(s.Name) }

func (sequenceKind) fromIdentity(read func(any) error) (sequenceResourceModel, error) {
	name, err := nameFromIdentity(read)
	return importedSequence(name), err
}

func (sequenceKind) parseID(id string) (sequenceResourceModel, error) {
	name, err := schema.ParseQualifiedName(id)
	return importedSequence(name), err
}

func importedSequence(name schema.QualifiedName) sequenceResourceModel {
	return sequenceResourceModel{
		Schema: types.StringValue(string(name.Schema)), Name: types.StringValue(string(name.Name)),
		Acknowledge: types.SetNull(types.StringType), Operations: types.ListNull(operationType),
	}
}

func (sequenceKind) name(s schema.Sequence) schema.QualifiedName { return s.Name }

func (sequenceKind) find(snapshot *catalog.Snapshot, like schema.Sequence) *schema.Sequence {
	return snapshot.Sequence(like.Name)
}

func (sequenceKind) mayAlter(snapshot *catalog.Snapshot, s schema.Sequence) (schema.Name, bool) {
	return snapshot.NeighbourOwner(s.Name)
}

func (sequenceKind) check(a *announcements, snapshot *catalog.Snapshot, desired schema.Sequence) []planner.Finding {
	if kind, taken := snapshot.Object(desired.Name); taken {
		return []planner.Finding{nameTaken(desired.Name.String(), kind)}
	}
	return creates(a, snapshot, "sequence", desired.Name)
}

func (sequenceKind) upcoming(desired schema.Sequence, observed *schema.Sequence) (upcoming, bool) {
	return upcoming{
		statements: []string{ddl.CreateSequence(desired)},
		exists:     func(s *catalog.Snapshot) bool { return s.Sequence(desired.Name) != nil },
	}, observed == nil
}

func (sequenceKind) validate(desired schema.Sequence) []planner.Finding {
	return planner.ValidateSequence(desired)
}

func (sequenceKind) plan(desired schema.Sequence, observed *schema.Sequence) planner.Plan {
	return planner.PlanSequence(desired, observed)
}

func (sequenceKind) dependents(ctx context.Context, conn *pgx.Conn, observed schema.Sequence) ([]catalog.Dependent, error) {
	return catalog.SequenceDependents(ctx, conn, observed.Name)
}

func (sequenceKind) planDrop(observed schema.Sequence, dependents planner.Dependents) planner.Plan {
	return planner.PlanSequenceDrop(observed, dependents)
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// Names of the computed attributes that carry a plan. They describe one
// change, so protocol.go empties them when Terraform reads its state: a plan
// shows what it will run and never a difference to what ran before.
const (
	operationsAttribute    = "operations"
	strongestLockAttribute = "strongest_lock"
	destructiveAttribute   = "destructive"
	retainedAttribute      = "retained"
)

// operationModel is one element of the attribute operations.
type operationModel struct {
	Phase   types.String `tfsdk:"phase"`
	SQL     types.String `tfsdk:"sql"`
	Lock    types.String `tfsdk:"lock"`
	Effect  types.String `tfsdk:"effect"`
	Hazards types.List   `tfsdk:"hazards"`
}

var operationAttributeTypes = map[string]attr.Type{
	"phase":   types.StringType,
	"sql":     types.StringType,
	"lock":    types.StringType,
	"effect":  types.StringType,
	"hazards": types.ListType{ElemType: types.StringType},
}

var operationType = types.ObjectType{AttrTypes: operationAttributeTypes}

// planAttributes are the attributes that every resource has: three that carry
// the plan, and what of it is accepted.
func planAttributes() map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		acknowledgeAttribute: acknowledgeSchema(),
		operationsAttribute: rschema.ListNestedAttribute{
			Computed: true,
			MarkdownDescription: "The statements that the planned change runs, in this order and no others. Empty when there is nothing to run. " +
				"After an apply it holds what ran, until the next plan.",
			NestedObject: rschema.NestedAttributeObject{Attributes: map[string]rschema.Attribute{
				"phase": rschema.StringAttribute{
					Computed:            true,
					MarkdownDescription: "Phase of the transition that the step belongs to; null for a change that is no transition.",
				},
				"sql": rschema.StringAttribute{
					Computed: true,
					MarkdownDescription: "The statements as they run. Several within `BEGIN` and `COMMIT` share one transaction. " +
						"The statement of a backfill runs once for each range of blocks, from `$1` to `$2`.",
				},
				"lock": rschema.StringAttribute{
					Computed:            true,
					MarkdownDescription: "Each table that is locked, with the mode in the spelling of the manual, the strongest first: `ACCESS EXCLUSIVE on public.users`. Null for a step that locks no existing table.",
				},
				"effect": rschema.StringAttribute{
					Computed:            true,
					MarkdownDescription: "What the step does to stored data: `instant: catalog only`, `scans the table`, `builds an index`, `updates rows in batches`, ...",
				},
				"hazards": rschema.ListAttribute{
					Computed: true, ElementType: types.StringType,
					MarkdownDescription: "Ids of the hazards that follow from configuration and catalog alone.",
				},
			}},
		},
		strongestLockAttribute: rschema.StringAttribute{
			Computed: true,
			MarkdownDescription: "The strongest lock that any of the operations takes on an existing table, in the spelling of the manual: `ACCESS EXCLUSIVE`. " +
				"Null when no table is locked. For postconditions and policies.",
		},
		destructiveAttribute: rschema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "Whether an operation removes data or a structure for good. For postconditions and policies.",
		},
	}
}

// operationModels renders operations as the attribute shows them.
func operationModels(operations []planner.Operation) []operationModel {
	models := make([]operationModel, len(operations))
	for i, o := range operations {
		hazards := make([]attr.Value, len(o.Hazards))
		for j, id := range o.Hazards {
			hazards[j] = types.StringValue(string(id))
		}
		models[i] = operationModel{
			Phase:   stringOrNull(string(o.Phase)),
			SQL:     types.StringValue(o.SQL()),
			Lock:    stringOrNull(o.Lock()),
			Effect:  types.StringValue(o.Effect.String()),
			Hazards: types.ListValueMust(types.StringType, hazards),
		}
	}
	return models
}

// attributeSetter is a plan or a state.
type attributeSetter interface {
	SetAttribute(ctx context.Context, path path.Path, value any) diag.Diagnostics
}

// setOperations writes the three attributes that carry a plan.
func setOperations(ctx context.Context, target attributeSetter, operations []planner.Operation) diag.Diagnostics {
	diags := target.SetAttribute(ctx, path.Root(operationsAttribute), operationModels(operations))
	diags.Append(target.SetAttribute(ctx, path.Root(strongestLockAttribute),
		stringOrNull(planner.StrongestLock(operations).String()))...)
	diags.Append(target.SetAttribute(ctx, path.Root(destructiveAttribute), planner.Destructive(operations))...)
	return diags
}

// setUnknownOperations says that the statements are not known yet: some of the
// configuration, or the server itself, comes into being during the apply.
func setUnknownOperations(ctx context.Context, target attributeSetter) diag.Diagnostics {
	diags := target.SetAttribute(ctx, path.Root(operationsAttribute), types.ListUnknown(operationType))
	diags.Append(target.SetAttribute(ctx, path.Root(strongestLockAttribute), types.StringUnknown())...)
	diags.Append(target.SetAttribute(ctx, path.Root(destructiveAttribute), types.BoolUnknown())...)
	return diags
}

// sameOperations compares what was reviewed with what would run now.
func sameOperations(planned []operationModel, now []planner.Operation) bool {
	return slices.EqualFunc(planned, operationModels(now), func(a, b operationModel) bool {
		return a.Phase.Equal(b.Phase) && a.SQL.Equal(b.SQL) && a.Lock.Equal(b.Lock) &&
			a.Effect.Equal(b.Effect) && a.Hazards.Equal(b.Hazards)
	})
}

func stringOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// appendFinding reports a finding on its attribute, followed by what more there
// is to say. Terraform knows errors and warnings; what is milder is not shown.
// The summary ends with the id of the hazard: terraform plan -compact-warnings
// shows summaries only, and folds those that are the same.
func appendFinding(diags *diag.Diagnostics, finding planner.Finding, at path.Path, more string) {
	reference := ""
	if finding.Hazard != "" {
		reference = finding.Hazard.Reference()
	}
	appendParagraphs(diags, finding, at, more, reference)
}

// appendParagraphs is appendFinding with what is to follow the detail; of it,
// what is empty is left out.
func appendParagraphs(diags *diag.Diagnostics, finding planner.Finding, at path.Path, more ...string) {
	if finding.Hazard != "" {
		finding.Summary += fmt.Sprintf(" [%s]", finding.Hazard)
	}
	empty := func(paragraph string) bool { return paragraph == "" }
	detail := strings.Join(slices.DeleteFunc(append([]string{finding.Detail}, more...), empty), "\n\n")
	at = shown(at)
	atRoot := len(at.Steps()) == 0
	switch {
	case finding.Severity == hazard.Error && atRoot:
		diags.AddError(finding.Summary, detail)
	case finding.Severity == hazard.Error:
		diags.AddAttributeError(at, finding.Summary, detail)
	case finding.Severity == hazard.Warning && atRoot:
		diags.AddWarning(finding.Summary, detail)
	case finding.Severity == hazard.Warning:
		diags.AddAttributeWarning(at, finding.Summary, detail)
	}
}

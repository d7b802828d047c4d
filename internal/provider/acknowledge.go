// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

const acknowledgeAttribute = "acknowledge"

func acknowledgeSchema() rschema.Attribute {
	return rschema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Ids of hazards that are known and accepted here. An acknowledged error becomes a warning and lets the plan pass, an acknowledged warning is not shown. " +
			"A plan that changes an existing object warns of an id that it does not raise, unless `phase` is set. See the guide [Hazards](../guides/hazards.md).",
		Validators: []validator.Set{acknowledgeValidator{}},
	}
}

type acknowledgeValidator struct{}

func (acknowledgeValidator) Description(context.Context) string { return "ids of hazards" }

func (v acknowledgeValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (acknowledgeValidator) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	for _, element := range req.ConfigValue.Elements() {
		text, ok := element.(types.String)
		if !ok || text.IsUnknown() || text.IsNull() {
			continue
		}
		if err := hazard.CheckAcknowledgement(text.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, err.Summary, err.Detail)
		}
	}
}

// verdict is what the provider's policy and the acknowledgements of one
// resource make of findings. It is the one place where severities are decided;
// nothing that is planned depends on it.
type verdict struct {
	policy       hazard.Policy
	acknowledged []hazard.ID
}

// verdict reads the acknowledgements of a configuration or a state.
func (r *managedResource[M, O]) verdict(raw tftypes.Value) verdict { return r.db.verdict(raw) }

func (d *database) verdict(raw tftypes.Value) verdict {
	v := verdict{policy: d.hazards}
	attributes, _ := fields(raw)
	ids, _ := items(attributes[acknowledgeAttribute])
	for _, value := range ids {
		if id, ok := text(value); ok {
			v.acknowledged = append(v.acknowledged, hazard.ID(id))
		}
	}
	slices.Sort(v.acknowledged)
	return v
}

// hears reports whether the policy asks for advice that is not shown by default,
// so that it is worth to ask the server for it.
func (v verdict) hears(id hazard.ID) bool {
	return v.policy.Severity(id, hazard.Info, false) >= hazard.Warning
}

// on decides one finding. A refusal stays what it is.
func (v verdict) on(finding planner.Finding) planner.Finding {
	acknowledged := slices.Contains(v.acknowledged, finding.Hazard)
	if finding.Refusal && acknowledged {
		finding.Detail += "\n\nThe acknowledgement does not help here: there are no statements that could run instead."
	}
	if finding.Refusal || finding.Hazard == "" {
		return finding
	}
	without := v.policy.Severity(finding.Hazard, finding.Severity, false)
	byPolicy := without != finding.Severity
	finding.Severity = v.policy.Severity(finding.Hazard, finding.Severity, acknowledged)
	switch {
	case finding.Severity == hazard.Warning && acknowledged:
		finding.Detail += "\n\nIt would be an error; the resource acknowledges it."
	case finding.Severity == hazard.Error:
		if byPolicy {
			finding.Detail += "\n\nIt is an error by `hazards` of the provider."
		}
		finding.Detail += fmt.Sprintf("\n\nTo let it run as it is planned, acknowledge it on the resource:\n\n    %s = [%q]", acknowledgeAttribute, finding.Hazard)
	}
	return finding
}

// all decides findings, and leaves out what nobody is shown.
func (v verdict) all(findings []planner.Finding) []planner.Finding {
	var shown []planner.Finding
	for _, finding := range findings {
		if decided := v.on(finding); decided.Severity >= hazard.Warning {
			shown = append(shown, decided)
		}
	}
	return shown
}

// beside are the findings that come with what else is said of a plan.
func (v verdict) beside(object string, plan planner.Plan, said []planner.Finding, judgesNeedless bool) []planner.Finding {
	findings := v.unsaid(object, plan.Operations, said)
	if judgesNeedless {
		findings = append(findings, v.needless(object, plan, said)...)
	}
	return findings
}

// unsaid are findings about hazards of operations that nothing else is said of:
// a policy that wants to hear of an id hears of it wherever `operations` lists
// it.
func (v verdict) unsaid(object string, operations []planner.Operation, said []planner.Finding) []planner.Finding {
	var findings []planner.Finding
	for _, o := range operations {
		for _, id := range o.Hazards {
			known := func(f planner.Finding) bool { return f.Hazard == id }
			h, found := hazard.Lookup(id)
			if !found || slices.ContainsFunc(said, known) || slices.ContainsFunc(findings, known) {
				continue
			}
			findings = append(findings, planner.Finding{
				Hazard: id, Severity: hazard.Info,
				Summary: object + ": " + lowerFirst(h.Title),
				Detail:  fmt.Sprintf("%s %s\n\nIt comes with:\n\n%s", h.Why, h.Next, indent(o.SQL())),
			})
		}
	}
	return findings
}

// needless are warnings of acknowledgements that nothing in a plan asks for. An
// id that depends on the data counts as raised where the data is asked: it may
// hold in another environment.
func (v verdict) needless(object string, plan planner.Plan, said []planner.Finding) []planner.Finding {
	var findings []planner.Finding
	for _, id := range v.acknowledged {
		raised := slices.ContainsFunc(said, func(f planner.Finding) bool { return f.Hazard == id }) ||
			slices.ContainsFunc(plan.Probes, func(p planner.Probe) bool { return p.Finding.Hazard == id }) ||
			slices.ContainsFunc(plan.Operations, func(o planner.Operation) bool { return slices.Contains(o.Hazards, id) })
		if !raised {
			findings = append(findings, planner.Finding{
				Severity: hazard.Warning, Path: []string{acknowledgeAttribute},
				Summary: fmt.Sprintf("%s acknowledges %s, which it does not meet", object, id),
				Detail: "Nothing in this plan raises that hazard. Remove it from `acknowledge`: a later change that does raise it would pass " +
					"without a word.",
			})
		}
	}
	return findings
}

// judgesNeedless reports whether a plan says something about its
// acknowledgements: it changes a table that is there. A new table raises
// little, and a configuration with a phase describes several plans.
func judgesNeedless(raw tftypes.Value, plan planner.Plan, exists bool) bool {
	attributes, _ := fields(raw)
	phase, phased := attributes["phase"]
	return exists && len(plan.Operations) > 0 && (!phased || phase.IsNull())
}

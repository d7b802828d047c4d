// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

const hazardsAttribute = "hazards"

func hazardPolicyAttribute() schema.Attribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Severities of hazards: `error`, `warning` or `ignore` by id or by category (`destructive`, `data_dependent`, `locking`, `rewrite`, `scan`, " +
			"`app_breaking`, `replication`, `dependency`, `naming`, `design`); an id beats its category. `{ design = \"warning\", naming = \"warning\" }` turns advice about style on. " +
			"An error of which nothing could run cannot be lowered. All ids are in the guide [Hazards](guides/hazards.md); `operations` lists them whatever the policy says.",
		Validators: []validator.Map{hazardPolicyValidator{}},
	}
}

// hazardPolicyValidator refuses what means nothing, as far as it is known.
type hazardPolicyValidator struct{}

func (hazardPolicyValidator) Description(context.Context) string {
	return "severities by id or category of hazards"
}

func (v hazardPolicyValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (hazardPolicyValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	_, diags := hazardPolicy(req.ConfigValue, req.Path)
	resp.Diagnostics.Append(diags...)
}

// hazardPolicy reads the attribute. What is not known yet leaves its default.
func hazardPolicy(value types.Map, at path.Path) (hazard.Policy, diag.Diagnostics) {
	settings := map[string]string{}
	for key, element := range value.Elements() {
		if text, ok := element.(types.String); ok && !text.IsNull() && !text.IsUnknown() {
			settings[key] = text.ValueString()
		}
	}
	var diags diag.Diagnostics
	policy, refused := hazard.NewPolicy(settings)
	for _, err := range refused {
		diags.AddAttributeError(at.AtMapKey(err.Key), err.Summary, err.Detail)
	}
	return policy, diags
}

// lockTimeoutDiagnostic says what a long lock_timeout does, as loud as the
// policy wants it.
func (m providerModel) lockTimeoutDiagnostic(timeout fmt.Stringer) diag.Diagnostics {
	var diags diag.Diagnostics
	policy, _ := hazardPolicy(m.hazards, path.Root(hazardsAttribute)) // its validator reports what is wrong with it
	summary := fmt.Sprintf("lock_timeout = %q can stop the application", m.lockTimeout.ValueString())
	detail := fmt.Sprintf("While a change waits for a strong lock, everything that comes after it on the same table queues behind it, reads included. "+
		"An application can stand still for %s with each attempt. Attempts are repeated until lock_deadline, so that a short timeout "+
		"costs nothing but patience; 500ms to 2s is usual.\n\n%s", timeout, hazard.LockTimeoutUnsafeValue.Reference())
	switch policy.Severity(hazard.LockTimeoutUnsafeValue, hazard.Warning, false) {
	case hazard.Error:
		diags.AddAttributeError(path.Root("lock_timeout"), summary, detail)
	case hazard.Warning:
		diags.AddAttributeWarning(path.Root("lock_timeout"), summary, detail)
	case hazard.Info, hazard.Ignore:
	}
	return diags
}

// lowerFirst turns the start of a sentence into the middle of one, unless it is
// a word of SQL.
func lowerFirst(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if len(word) < 2 || word == strings.ToUpper(word) {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}

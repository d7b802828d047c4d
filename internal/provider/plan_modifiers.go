// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// notFromState is for an attribute whose default only the resource knows. For
// what a configuration leaves out, Terraform proposes what the state has, and
// to remove "nullable = false" would change nothing. Here it becomes unknown,
// so that complete decides again.
type notFromState struct{}

func (notFromState) Description(context.Context) string {
	return "the default counts where the configuration says nothing"
}

func (m notFromState) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (notFromState) PlanModifyBool(_ context.Context, req planmodifier.BoolRequest, resp *planmodifier.BoolResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = types.BoolUnknown()
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import "github.com/pgphase/terraform-provider-pgphase/internal/hazard"

// refused is a refusal that a hazard explains. The id is part of the text only:
// whoever could acknowledge it would get a plan without operations.
func refused(id hazard.ID, path []string, summary, detail string) Finding {
	if id != "" {
		detail += "\n\nHazard: " + string(id)
	}
	return refusal(path, summary, detail)
}

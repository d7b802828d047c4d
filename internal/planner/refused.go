// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import "github.com/pgphase/terraform-provider-pgphase/internal/hazard"

// refused is a refusal that a hazard explains.
func refused(id hazard.ID, path []string, summary, detail string) Finding {
	finding := refusal(path, summary, detail)
	finding.Hazard = id
	return finding
}

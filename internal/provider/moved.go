// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// movedToTable refuses an object that would change its table.
func movedToTable(object string, from, to schema.QualifiedName) *planner.Finding {
	return &planner.Finding{
		Severity: hazard.Error,
		Path:     []string{"table"},
		Summary:  object + " cannot move to another table",
		Detail: fmt.Sprintf("It belongs to %s, and PostgreSQL has no way to give it to %s.\n\n"+
			"Declare a new resource for the object on %s, and remove this one when nothing needs it any more.", from, to, to),
	}
}

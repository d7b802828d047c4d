// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// movedOrRenamed refuses a pgphase_column that would become another column.
func movedOrRenamed(prior *tableColumn, desired tableColumn, name func(tableColumn) schema.ColumnName) *planner.Finding {
	if prior == nil || name(*prior) == name(desired) {
		return nil
	}
	if prior.Table != desired.Table {
		return movedToTable("Column "+prior.name().String(), prior.Table, desired.Table)
	}
	return &planner.Finding{
		Severity: hazard.Error,
		Hazard:   hazard.ColumnRenameBreaksClients,
		Path:     []string{"name"},
		Summary:  fmt.Sprintf("Cannot rename %s to %s", prior.name(), desired.Column.Name),
		Detail: fmt.Sprintf("A column under a new name is a transition (%s): code that is running still uses %s. "+
			"Transitions are carried out in phases, which this version of pgphase does not have yet; a renaming in one step would fail every statement of the old code.\n\n"+
			"Keep the name, or declare the new column as a resource of its own beside this one.", schema.ColumnReplaced, prior.Column.Name),
	}
}

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

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// dependentRow is a row of sql/dependents.sql.
type dependentRow struct {
	Table        uint32
	Kind         schema.DependentKind
	Name         string
	Columns      []schema.Name
	BlocksDrop   bool `json:"blocks_drop"`
	BlocksRetype bool `json:"blocks_retype"`
}

func (row dependentRow) dependent() schema.Dependent {
	dependent := schema.Dependent{
		Kind: row.Kind, Name: row.Name, BlocksDrop: row.BlocksDrop, BlocksRetype: row.BlocksRetype,
	}
	if len(row.Columns) > 0 {
		dependent.Columns = row.Columns
	}
	return dependent
}

// publicationRow is a row of sql/publications.sql.
type publicationRow struct {
	Table        uint32
	Publications []schema.Name
}

// triggerRow is a row of sql/triggers.sql.
type triggerRow struct {
	Table          uint32
	Name           schema.Name
	FunctionSchema schema.Name `json:"function_schema"`
	FunctionName   schema.Name `json:"function_name"`
	Type           int
	Disabled       bool
}

// The bits of pg_trigger.tgtype (catalog/pg_trigger.h), in the order in which
// pg_get_triggerdef() prints the events.
var triggerEvents = []struct {
	bit  int
	name string
}{{4, "INSERT"}, {8, "DELETE"}, {16, "UPDATE"}, {32, "TRUNCATE"}}

func (row triggerRow) trigger() schema.Trigger {
	trigger := schema.Trigger{
		Name:     row.Name,
		Function: schema.QualifiedName{Schema: row.FunctionSchema, Name: row.FunctionName},
		Disabled: row.Disabled,
	}
	for _, event := range triggerEvents {
		if row.Type&event.bit != 0 {
			trigger.Events = append(trigger.Events, event.name)
		}
	}
	return trigger
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// enumHazards are about enum types.
var enumHazards = []Hazard{
	{
		ID: EnumValueRenameBreaksClients, Category: AppBreaking, Severity: Error, Stages: []Stage{Plan, Apply}, Fixed: true,
		Title: "A value that changes or goes breaks the code that says it",
		Why:   "ALTER TYPE ... RENAME VALUE takes the old label away at once (22P02 for code that says it), and PostgreSQL cannot take a value out at all.",
		Next:  "Add the new value, stop using the old one, and give the columns a second type without it, in phases.",
		When:  "an enum has a value that `values` does not name",
	},
	{
		ID: EnumAddValueInTransaction, Category: Dependency, Severity: Warning,
		Title:   "A new value cannot be used before its transaction ends",
		Why:     "PostgreSQL refuses it (55P04), also as a default.",
		Next:    "Add it in a transaction of its own.",
		Avoided: "Each value is added in a transaction of its own.",
	},
	{
		ID: EnumAddValueUnordered, Category: Design, Severity: Info,
		Title:   "A value without a place goes to the end",
		Why:     "ORDER BY and comparison follow the order of the values, which cannot be changed.",
		Next:    "Say BEFORE or AFTER.",
		Avoided: "Each value is added where `values` has it.",
	},
}

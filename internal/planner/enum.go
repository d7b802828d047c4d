// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// PlanEnum plans an enum type; observed is nil for a new one. Values are added
// in their places and stay for good: PostgreSQL cannot take one out, and to
// rename one breaks the code that says the old name.
func PlanEnum(desired schema.Enum, observed *schema.Enum) Plan {
	comment := ddl.CommentOnType(desired.Name, desired.Comment)
	if observed == nil {
		create := Operation{Statements: []string{ddl.CreateEnum(desired)}, Effect: Effect{CreatesType: true}}
		if desired.Comment != "" {
			create.Statements = append(create.Statements, comment)
		}
		return Plan{Operations: []Operation{create}, Findings: []Finding{
			style(hazard.EnumDiscouraged, []string{"values"}, fmt.Sprintf("Values of the enum %s can never be removed", desired.Name), enumAdvice),
		}}
	}
	if observed.Name != desired.Name {
		return Plan{Findings: []Finding{renamedNeighbour("name", "Enum "+observed.Name.String(), desired.Name,
			"Code that casts to the old name fails at once.\n\nDeclare the new one as a further pgphase_enum, and give the columns its type: the guide Phases says how.")}}
	}
	plan := enumValues(desired, *observed)
	if observed.Comment != desired.Comment && !plan.Refused() {
		plan.Operations = append(plan.Operations, Operation{Statements: []string{comment}})
	}
	return plan
}

// enumValues adds the values that are not there, each in a transaction of its
// own: before its commit nothing can use it (55P04; manual, ALTER TYPE).
func enumValues(desired, observed schema.Enum) Plan {
	var gone, added []string
	for _, value := range observed.Values {
		if !slices.Contains(desired.Values, value) {
			gone = append(gone, value)
		}
	}
	there := slices.Clone(observed.Values)
	kept := slices.DeleteFunc(slices.Clone(desired.Values), func(v string) bool { return !slices.Contains(there, v) })
	for _, value := range desired.Values {
		if !slices.Contains(there, value) {
			added = append(added, value)
		}
	}
	switch {
	case len(gone) > 0:
		return Plan{Findings: []Finding{enumValueGone(observed, gone, added)}}
	case !slices.Equal(kept, there):
		return Plan{Findings: []Finding{refusal([]string{"values"}, fmt.Sprintf("The values of %s cannot change places", observed.Name),
			fmt.Sprintf("The order of an enum is that of its rows in ORDER BY and of its indexes, and PostgreSQL cannot change it. It is:\n\n    values = [%s]\n\n"+
				"Write the values in this order, with new ones where they belong. Another order takes a second type: declare it as a further pgphase_enum, and give the columns its type.",
				quotedLabels(observed.Values)))}}
	}
	var plan Plan
	for i, value := range desired.Values {
		if slices.Contains(there, value) {
			continue
		}
		var statement string
		switch {
		case i > 0:
			statement = ddl.AppendEnumValue(observed.Name, value, desired.Values[i-1])
		case len(kept) > 0:
			statement = ddl.AddEnumValue(observed.Name, value, kept[0])
		default:
			statement = ddl.AddFirstEnumValue(observed.Name, value)
		}
		plan.Operations = append(plan.Operations, Operation{Statements: []string{statement}})
	}
	return plan
}

// enumValueGone explains the way to a type without some values.
func enumValueGone(observed schema.Enum, gone, added []string) Finding {
	second := schema.QualifiedName{Schema: observed.Name.Schema, Name: observed.Name.Name + "_v2"}
	detail := "PostgreSQL cannot take a value out of an enum, and ALTER TYPE ... RENAME VALUE would break code that says the old one at once.\n\n" +
		"If somebody added it by hand, declare it. If it is to go, replace the type, in applies of their own:\n\n"
	steps := []string{
		fmt.Sprintf("Declare a second pgphase_enum, %s, with the values that remain.", second),
		fmt.Sprintf("Give each column that has the type the new one, with up (and down) that say what becomes of the old value, and phase = \"expand\", then \"migrate\", then \"contract\":\n\n"+
			"       type = pgphase_enum.<second>.id\n       up   = \"CASE <column>::text WHEN %s THEN '<new>' ELSE <column>::text END::%s\"",
			ddl.Literal(gone[0]), second),
		fmt.Sprintf("Remove %s once no column has it.", observed.Name),
	}
	if len(added) > 0 {
		steps = slices.Insert(steps, 0, fmt.Sprintf("Keep %s and add %s beside it, and deploy code that reads both and writes only the new one.", quotedLabels(gone), quotedLabels(added)))
	}
	for i, step := range steps {
		detail += fmt.Sprintf("    %d. %s\n", i+1, step)
	}
	detail += "\nThe guide Phases has the whole of it."
	return refused(hazard.EnumValueRenameBreaksClients, []string{"values"},
		fmt.Sprintf("%s has values that are not declared: %s", observed.Name, quotedLabels(gone)), detail)
}

func quotedLabels(labels []string) string {
	quoted := make([]string, len(labels))
	for i, label := range labels {
		quoted[i] = fmt.Sprintf("%q", label)
	}
	return strings.Join(quoted, ", ")
}

// PlanEnumDrop plans the end of a type. What still uses it is named by
// dependents.
func PlanEnumDrop(observed schema.Enum, dependents Dependents) Plan {
	if dependents.Count > 0 {
		return Plan{Findings: []Finding{stillUsed("type", observed.Name.String(), dependents)}}
	}
	return Plan{Operations: []Operation{{Statements: []string{ddl.DropType(observed.Name)}, Effect: Effect{Drops: true}}}}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Advice is what can be said of a change beside what it runs: of style, and of
// what the database around the table makes of it. It is about what is new, so
// that an object that is left alone stays without a word. Paths are those of
// the plan of the same object.

// AdviseTable advises on a new table, where observed is nil, or on a change.
func AdviseTable(desired schema.Table, observed *schema.Table) []Finding {
	var findings []Finding
	keyed := desired
	if observed != nil && desired.PrimaryKey == nil {
		keyed.PrimaryKey = observed.PrimaryKey
	}
	for _, column := range desired.Columns {
		var before *schema.Column
		if observed != nil {
			before = observed.Column(column.Name)
		}
		plan := Plan{Findings: adviseType(keyed, column, before)}
		if observed != nil {
			plan.Findings = append(plan.Findings, advisePublished(*observed, column, before)...)
		}
		findings = append(findings, plan.under("columns", string(column.Name)).Findings...)
	}
	if observed != nil {
		findings = append(findings, adviseSlots(*observed, missingColumns(desired, *observed))...)
		findings = append(findings, adviseReplicaIdentity(desired, *observed)...)
	}
	return append(findings, adviseChecks(desired, observed)...)
}

// AdviseColumn advises on one column of a table that is there.
func AdviseColumn(table schema.Table, desired schema.Column, observed *schema.Column) []Finding {
	findings := append(adviseType(table, desired, observed), advisePublished(table, desired, observed)...)
	if observed == nil {
		findings = append(findings, adviseSlots(table, 1)...)
	}
	return findings
}

// AdviseForeignKey advises on a foreign key.
func AdviseForeignKey(desired schema.ForeignKey, observed *schema.ForeignKey) []Finding {
	if !desired.NotValid || observed != nil {
		return nil
	}
	return []Finding{leftNotValid(fmt.Sprintf("Foreign key %s of %s", desired.Name, desired.Table), []string{"not_valid"})}
}

func missingColumns(desired, observed schema.Table) int {
	missing := 0
	for _, column := range desired.Columns {
		if observed.Column(column.Name) == nil {
			missing++
		}
	}
	return missing
}

// adviseType is about the type of a new column, or a new type of an old one.
func adviseType(table schema.Table, desired schema.Column, observed *schema.Column) []Finding {
	if observed != nil && observed.Type.Equal(desired.Type) {
		return nil
	}
	var findings []Finding
	advise := func(id hazard.ID, what, detail string) {
		findings = append(findings, style(id, []string{"type"}, fmt.Sprintf("%s is %s", columnID(table, desired.Name), what), detail))
	}
	t := parseType(desired.Type)
	switch {
	case t.name == "bpchar" && t.modified():
		advise(hazard.DesignCharType, desired.Type.SQL(), "Shorter values are padded with spaces, which comparison ignores and length() and LIKE do not, and another "+
			"length rewrites the table. Use text, with a check where a length is meant.")
	case t.name == "character varying" && t.modified():
		advise(hazard.DesignVarcharLimit, desired.Type.SQL(), "A longer limit is cheap, a shorter one rewrites the table. Use text, and a check such as "+
			fmt.Sprintf("length(%s) <= %d", desired.Name, t.number(0))+", which is exchanged while reads and writes go on.")
	case t.name == "timestamp without time zone":
		advise(hazard.DesignTimestampWithoutTZ, "timestamp without time zone", "Which moment a value means depends on who reads it. Use timestamptz, which stores the moment.")
	case storesEnum(desired.Type):
		advise(hazard.EnumDiscouraged, "of an enum type ("+desired.Type.SQL()+")", enumAdvice)
	case t.name == "json":
		advise(hazard.DesignJSONType, "json", "It has no equality: DISTINCT, GROUP BY and UNION fail (42883), and it has no GIN index. Use jsonb, unless the text must be kept as it was written.")
	case (t.name == "smallint" || t.name == "integer") && !t.array && (desired.Identity != nil || inPrimaryKey(table, desired.Name)):
		advise(hazard.DesignShortInteger, "a key of type "+t.name, fmt.Sprintf("It ends at %s, and a wider type then takes a transition through all tables that refer to it. Use bigint.",
			integerRanges[t.name][1]))
	}
	return findings
}

// enumAdvice is the same for a type and for a column of it.
const enumAdvice = "Values can be added and renamed, but never removed or reordered, and a rename breaks code at once. " +
	"A table of the values with a foreign key, or text with a check, changes in both directions while reads and writes go on."

// storesEnum looks through domains.
func storesEnum(t schema.Type) bool {
	return isEnum(t) || t.Facts != nil && t.Facts.Base != nil && storesEnum(*t.Facts.Base)
}

func style(id hazard.ID, path []string, summary, detail string) Finding {
	return Finding{Hazard: id, Severity: hazard.Info, Path: path, Summary: summary, Detail: detail}
}

// maxColumns is what a table can ever have, dropped columns included
// (MaxHeapAttributeNumber); crowded is where a warning begins.
const (
	maxColumns     = 1600
	crowdedColumns = 1400
)

// adviseSlots warns before a table can take no further column: dropped ones
// still count, and only a copy of the table gives their place back.
func adviseSlots(observed schema.Table, added int) []Finding {
	used := 0
	for _, column := range observed.Columns {
		used = max(used, column.Position)
	}
	if added == 0 || used+added <= crowdedColumns {
		return nil
	}
	return []Finding{{
		Hazard: hazard.ColumnSlotsExhausted, Severity: hazard.Warning, Path: []string{"columns"},
		Summary: fmt.Sprintf("%s has had %d columns", observed.Name, used),
		Detail: fmt.Sprintf("A table can have %d in its life: dropped columns keep their place, and wide rows may end it earlier. Only a copy of the table starts anew. "+
			"Let changes that would add and drop columns again and again reuse one, or plan the copy.", maxColumns),
	}}
}

// adviseChecks is about checks that are declared NOT VALID for good.
func adviseChecks(desired schema.Table, observed *schema.Table) []Finding {
	if observed == nil {
		return nil // a new table has no old rows
	}
	var findings []Finding
	for _, check := range desired.Checks {
		if !check.NotValid || observed.Check(check.Name) != nil {
			continue
		}
		what := fmt.Sprintf("Check %s of %s", check.Name, observed.Name)
		path := []string{"checks", string(check.Name), "not_valid"}
		findings = append(findings, leftNotValid(what, path), Finding{
			Hazard: hazard.NotValidBlocksLegacyUpdates, Severity: hazard.Warning, Path: path,
			Summary: what + " stands in the way of rows that violate it",
			Detail:  "An UPDATE of such a row fails (23514), whatever column it changes, until the row satisfies the check. Correct the rows first.",
		})
	}
	return findings
}

func leftNotValid(what string, path []string) Finding {
	return Finding{
		Hazard: hazard.ConstraintLeftNotValid, Severity: hazard.Warning, Path: path,
		Summary: what + " is not proven",
		Detail:  "It holds for new rows only, and PostgreSQL does not rely on it when it plans queries. Remove not_valid once the old rows are corrected: it is proven then.",
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func (t typeChange) fail(id hazard.ID, detail string) Finding {
	return refused(id, []string{"type"}, t.summary(), detail)
}

// transitionAdvice ends each text about a change that needs another column
// beside the old one.
func (t typeChange) transitionAdvice() string {
	column := string(t.column.Name)
	key := column
	if t.column.Name.Quote() != column {
		key = strconv.Quote(column)
	}
	return "\n\nSuch a change needs a column of its own beside the old one, which a trigger keeps in step and a backfill fills, phase by " +
		"phase. Declare one under a new name in the place of this one, with `up` and `down` where the values need an expression:\n\n" +
		fmt.Sprintf("  replaces = { columns = [%q], up = \"...\", down = { %s = \"...\" } }\n  phase    = \"expand\"\n\n", column, key) +
		"Or keep the name (" + string(schema.ColumnRetyped) + "): write `up` beside `type`, and `phase = \"expand\"`."
}

// transition says why the change is one.
func (t typeChange) transition() Finding {
	return t.fail(hazard.ColumnTypeChangeRewrite, fmt.Sprintf(
		"PostgreSQL would write the table and all of its indexes anew to change %s into %s, or needs an expression to convert the values; "+
			"nobody could read the table meanwhile.%s",
		t.column.Type.SQL(), t.desired.Type.SQL(), t.transitionAdvice()))
}

// obstacles are reasons why a change that needs no rewrite cannot be done
// either.
func (t typeChange) obstacles() []Finding {
	var findings []Finding
	refuse := func(id hazard.ID, detail string) { findings = append(findings, t.fail(id, detail)) }
	name := t.column.Name
	switch {
	case t.column.Inherited || !t.table.PartitionOf.IsZero():
		refuse(hazard.ColumnTypeChangeBlockedByDependents,
			"The column comes from a parent table, and PostgreSQL changes it only there (42P16). Change the parent's column.")
	case len(t.table.Children) > 0:
		refuse(hazard.ColumnTypeChangeIndexRebuild,
			"Other tables inherit from this one. The change would go down to them, where indexes and checks would be built and proven "+
				"under ACCESS EXCLUSIVE. Change it by hand, or undo the inheritance first.")
	case t.inPartitionKey():
		refuse(hazard.ColumnTypeChangeBlockedByDependents,
			"The column is part of the partition key, whose type PostgreSQL cannot change (42P16). A new table is needed.")
	}
	var blockers []string
	for _, d := range t.table.Dependents {
		if d.BlocksRetype && slices.Contains(d.Columns, name) {
			blockers = append(blockers, string(d.Kind)+" "+d.Name)
		}
	}
	if len(blockers) > 0 {
		slices.Sort(blockers)
		refuse(hazard.ColumnTypeChangeBlockedByDependents,
			"PostgreSQL refuses to change the type of a column that these use (0A000):\n\n"+list(slices.Compact(blockers))+
				"\n\nDrop them before the change and make them again after it.")
	}
	if t.class == TypeRebuildsIndexes && t.hasForeignKey() {
		refuse(hazard.ColumnTypeChangeForeignKeyRecheck, fmt.Sprintf(
			"The column is part of a foreign key. %s and %s are not compared by the same operators, so PostgreSQL would prove the foreign key "+
				"again by reading both tables under ACCESS EXCLUSIVE.%s", t.column.Type.SQL(), t.desired.Type.SQL(), t.transitionAdvice()))
	}
	return append(findings, t.indexObstacles()...)
}

func (t typeChange) inPartitionKey() bool {
	if t.table.PartitionBy == nil {
		return false
	}
	return slices.ContainsFunc(t.table.PartitionBy.Keys, func(k schema.IndexKey) bool { return k.Column == t.column.Name })
}

func (t typeChange) hasForeignKey() bool {
	return slices.ContainsFunc(t.table.ForeignKeys, func(fk schema.ForeignKey) bool { return slices.Contains(fk.Columns, t.column.Name) }) ||
		slices.ContainsFunc(t.table.ReferencedBy, func(fk schema.ForeignKey) bool {
			return slices.Contains(fk.ReferencedColumns, t.column.Name)
		})
}

// warnings are about a change that can be done.
func (t typeChange) warnings() []Finding {
	id := columnID(t.table, t.column.Name)
	findings := []Finding{{
		Hazard: hazard.ColumnTypeChangeBreaksClients, Severity: hazard.Warning, Path: []string{"type"},
		Summary: fmt.Sprintf("Changing the type of %s breaks prepared statements", id),
		Detail: "Prepared statements that return the column " + untilPreparedAgain + ". Many drivers do that by themselves, but none can within a transaction. " +
			"Recycle connections after the apply where that matters.",
	}}
	if t.changesTimeZone() {
		severity, zone := hazard.Error, "The TimeZone of this session is not UTC, and that of the application may not be either. "
		if t.server.UTC {
			severity, zone = hazard.Warning, ""
		}
		findings = append(findings, Finding{
			Hazard: hazard.ColumnTypeChangeTimezoneDependent, Severity: severity, Path: []string{"type"},
			Summary: fmt.Sprintf("Changing %s to %s takes its values as UTC", id, t.desired.Type.SQL()),
			Detail: zone + "The table is not rewritten only because the stored values are taken as they are, in UTC. If the application stored them in " +
				"another time zone, each value would be off by its offset. Make sure that they are UTC; if they are not, " +
				"the change is a transition (" + string(schema.ColumnRetyped) + "): write `up` beside `type`, with the time zone that they are in, and `phase = \"expand\"`.",
		})
	}
	if tables := t.tiedTables(); len(tables) > 0 {
		names := make([]string, len(tables))
		for i, table := range tables {
			names[i] = table.String()
		}
		findings = append(findings, Finding{
			Hazard: hazard.ColumnTypeChangeForeignKeyRecheck, Severity: hazard.Warning, Path: []string{"type"},
			Summary: fmt.Sprintf("Changing the type of %s locks other tables", id),
			Detail: "Foreign keys tie the column to other tables. They are not proven again, but these tables are locked ACCESS EXCLUSIVE " +
				"for an instant as well:\n\n" + list(names),
		})
	}
	if rebuilt := t.rebuiltIndexes(); len(rebuilt) > 0 {
		names := make([]string, len(rebuilt))
		for i, index := range rebuilt {
			names[i] = index.name.String()
		}
		findings = append(findings, Finding{
			Hazard: hazard.IndexReplaceGap, Severity: hazard.Warning, Path: []string{"type"},
			Summary: fmt.Sprintf("Changing the type of %s sets indexes aside", id),
			Detail: "PostgreSQL would build these indexes anew under ACCESS EXCLUSIVE. They are dropped before the change and built again " +
				"concurrently after it; queries do without them meanwhile. Apply it when there is little traffic:\n\n" + list(names),
		})
	}
	return findings
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// createTable makes the whole table in one transaction: nobody can wait for a
// table that is not there yet, and a run that is interrupted leaves none.
func createTable(t schema.Table) Plan {
	statements := []string{ddl.CreateTable(t)}
	for _, column := range t.Columns {
		statements = append(statements, columnDetails(t.Name, column)...)
	}
	if t.ReplicaIdentity != (schema.ReplicaIdentity{}) {
		statements = append(statements, ddl.SetReplicaIdentity(t.Name, t.ReplicaIdentity))
	}
	statements = append(statements, comments(t)...)
	return Plan{Operations: []Operation{{Class: Brief, Statements: statements, Effect: Effect{Creates: true}}}}
}

func comments(t schema.Table) []string {
	var statements []string
	if t.Comment != "" {
		statements = append(statements, ddl.CommentOnTable(t.Name, t.Comment))
	}
	for _, column := range t.Columns {
		if column.Comment != "" {
			statements = append(statements, ddl.CommentOnColumn(t.Name, column.Name, column.Comment))
		}
	}
	constraint := func(name schema.Name, comment string) {
		if comment != "" {
			statements = append(statements, ddl.CommentOnConstraint(t.Name, name, comment))
		}
	}
	if t.PrimaryKey != nil {
		constraint(t.PrimaryKey.Name, t.PrimaryKey.Comment)
	}
	for _, key := range t.Uniques {
		constraint(key.Name, key.Comment)
	}
	for _, check := range t.Checks {
		constraint(check.Name, check.Comment)
	}
	for _, exclusion := range t.Exclusions {
		constraint(exclusion.Name, exclusion.Comment)
	}
	return statements
}

// tableVersionFindings are errors of what the server's version cannot do, for
// new and existing tables alike.
func tableVersionFindings(c Change, t schema.Table) []Finding {
	var plan Plan
	for _, column := range t.Columns {
		plan = plan.with(Plan{Findings: columnVersionFindings(c, t, column)}.under("columns", string(column.Name)))
	}
	if c.Server.Major() < 15 {
		for _, key := range t.Uniques {
			if key.NullsNotDistinct {
				plan.Findings = append(plan.Findings, refusal([]string{"unique", string(key.Name), "nulls_not_distinct"},
					fmt.Sprintf("Cannot add unique constraint %s to %s", key.Name, t.Name),
					fmt.Sprintf("NULLS NOT DISTINCT came with PostgreSQL 15; this server is %d.", c.Server.Major())))
			}
		}
	}
	for _, exclusion := range t.Exclusions {
		plan = plan.with(Plan{Findings: exclusionVersion(c, t, exclusion)}.under("exclusions", string(exclusion.Name)))
	}
	if t.Unlogged && t.Partitioned() && c.Server.Major() >= 18 {
		plan.Findings = append(plan.Findings, refusal([]string{"unlogged"}, fmt.Sprintf("Cannot make %s unlogged", t.Name),
			"PostgreSQL 18 refuses UNLOGGED for a partitioned table, which holds no rows. Make the partitions unlogged."))
	}
	return plan.Findings
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// longestStatement bounds how much of a statement a diagnostic shows, in bytes.
const longestStatement = 160

// statementUsage says in words which statements name a table, or columns of it;
// empty where the server does not keep count. What it hides, or why it cannot be
// asked, is said once in a run.
func (d *database) statementUsage(statistics catalog.StatementStatistics, usage []catalog.StatementUsage) string {
	if statistics.Schema == "" {
		return ""
	}
	hidden := ""
	if (statistics.Refused != "" || statistics.Hidden > 0) && d.live.saidOfStatements.CompareAndSwap(false, true) {
		hidden = fmt.Sprintf("%s in pg_stat_statements belong to other roles, and are shown to members of pg_read_all_stats only.", counted(statistics.Hidden, "statement"))
		if statistics.Refused != "" {
			hidden = fmt.Sprintf("pg_stat_statements is installed and cannot be read, so that no plan of this run says which statements use what goes: %s.", statistics.Refused)
		}
	}
	if !statistics.Readable() {
		return hidden
	}
	text := "No statement in pg_stat_statements names it. SELECT * names nothing, and the role sees only what it may read there."
	if len(usage) > 0 {
		lines := []string{"Statements in pg_stat_statements that name it (of this server, not its standbys; reset it to see what still comes in):", ""}
		for _, u := range usage {
			since := ""
			if !u.Since.IsZero() {
				since = fmt.Sprintf(" in %s", inWords(u.Now.Sub(u.Since)))
			}
			lines = append(lines, fmt.Sprintf("    %s%s: %s", times(u.Calls), since, shortened(u.Query, longestStatement)))
		}
		text = strings.Join(lines, "\n")
	}
	return strings.Trim(text+"\n\n"+hidden, "\n")
}

// shortened cuts a text at a character.
func shortened(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	cut := strings.ToValidUTF8(text[:bytes], "")
	return cut + " ..."
}

// lastUse says what the server knows of the use of an object that a destroy
// drops; empty where it knows nothing.
func (d *database) lastUse(ctx context.Context, table schema.QualifiedName, object any) string {
	if !d.liveChecks {
		return ""
	}
	var q catalog.Question
	var answer catalog.Answer
	var err error
	switch object := object.(type) {
	case schema.Index:
		if answer, err = d.about(ctx, table); err != nil {
			return "" // without the statistics, the plan says what it can
		}
		var lines []string
		for _, u := range indexesOf(answer, func(name schema.QualifiedName) bool { return name == object.Name }) {
			lines = append(lines, "Use of the index, as this server counts (not its standbys):\n\n"+usageLine(u))
		}
		return strings.Join(lines, "\n\n")
	case schema.Table:
		q.StatementsOf = object.Name.Name
	case tableColumn:
		q.StatementsOf, q.StatementColumns = object.Table.Name, []schema.Name{object.Column.Name}
	default:
		return ""
	}
	if q.Statistics = d.statementStatistics(ctx); !q.Statistics.Readable() {
		return d.statementUsage(q.Statistics, nil)
	}
	if answer, err = d.ask(ctx, table, q); err != nil {
		return ""
	}
	return d.statementUsage(q.Statistics, answer.Statements)
}

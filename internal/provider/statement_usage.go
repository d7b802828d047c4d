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
// empty where the server does not keep count.
func statementUsage(statistics catalog.StatementStatistics, usage []catalog.StatementUsage) string {
	if !statistics.Readable() {
		return ""
	}
	if len(usage) == 0 {
		return "No statement in pg_stat_statements names it. SELECT * names nothing, and the role sees only what it may read there."
	}
	lines := []string{"Statements in pg_stat_statements that name it (of this server, not its standbys; reset it to see what still comes in):", ""}
	for _, u := range usage {
		since := ""
		if !u.Since.IsZero() {
			since = fmt.Sprintf(" in %s", inWords(u.Now.Sub(u.Since)))
		}
		lines = append(lines, fmt.Sprintf("    %s%s: %s", times(u.Calls), since, shortened(u.Query, longestStatement)))
	}
	return strings.Join(lines, "\n")
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
	switch object := object.(type) {
	case schema.Index:
		q.Indexes = []schema.QualifiedName{object.Name}
	case schema.Table:
		q.Statistics, q.StatementsOf = d.statementStatistics(ctx), object.Name.Name
	case tableColumn:
		q.Statistics, q.StatementsOf, q.StatementColumns = d.statementStatistics(ctx), object.Table.Name, []schema.Name{object.Column.Name}
	default:
		return ""
	}
	answer, err := d.ask(ctx, table, q)
	if err != nil {
		return "" // without the statistics, the plan says what it can
	}
	var parts []string
	for _, u := range answer.Indexes {
		parts = append(parts, "Use of the index, as this server counts (not its standbys):\n\n"+usageLine(u))
	}
	if text := statementUsage(q.Statistics, answer.Statements); text != "" {
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n\n")
}

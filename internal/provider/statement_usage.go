// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// longestStatement bounds how much of a statement a diagnostic shows, in bytes.
const longestStatement = 160

// statements lists what pg_stat_statements has seen of the old structure.
func (w witness) statements(ctx context.Context) ([]string, error) {
	table, columns := w.transition.Table.Name, w.transition.Old
	if w.transition.Kind == schema.TableRenamed {
		columns = nil
		if w.transition.Phase == schema.Migrate {
			table = w.transition.OtherName.Name
		}
	}
	text, err := statementUsage(ctx, w.conn, table, columns)
	if err != nil || text == "" {
		return nil, err
	}
	return []string{text}, nil
}

// statementUsage says in words which statements name a table, or columns of it;
// empty where the server does not keep count.
func statementUsage(ctx context.Context, conn *pgx.Conn, table schema.Name, columns []schema.Name) (string, error) {
	usage, installed, err := catalog.ReadStatementUsage(ctx, conn, table, columns)
	if err != nil || !installed {
		return "", err
	}
	if len(usage) == 0 {
		return "No statement in pg_stat_statements names it. SELECT * names nothing, and the role sees only what it may read there.", nil
	}
	lines := []string{"Statements in pg_stat_statements that name it (of this server, not its standbys; reset it to see what still comes in):", ""}
	for _, u := range usage {
		since := ""
		if !u.Since.IsZero() {
			since = fmt.Sprintf(" in %s", inWords(u.Now.Sub(u.Since)))
		}
		lines = append(lines, fmt.Sprintf("    %s%s: %s", times(u.Calls), since, shortened(u.Query, longestStatement)))
	}
	return strings.Join(lines, "\n"), nil
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
func (d *database) lastUse(ctx context.Context, object any) string {
	var lines []string
	// Without the statistics, the plan says what it can.
	_ = d.withConnection(ctx, func(conn *pgx.Conn) error {
		switch object := object.(type) {
		case schema.Index:
			usage, err := catalog.ReadIndexUsage(ctx, conn, []schema.QualifiedName{object.Name})
			for _, u := range usage {
				lines = append(lines, "Use of the index, as this server counts (not its standbys):\n\n"+usageLine(u))
			}
			return err
		case schema.Table:
			text, err := statementUsage(ctx, conn, object.Name.Name, nil)
			if text != "" {
				lines = append(lines, text)
			}
			return err
		case tableColumn:
			text, err := statementUsage(ctx, conn, object.Table.Name, []schema.Name{object.Column.Name})
			if text != "" {
				lines = append(lines, text)
			}
			return err
		}
		return nil
	})
	return strings.Join(lines, "\n\n")
}

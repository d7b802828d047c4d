// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Question is what a plan wants to know of one table beside its structure. What
// is left empty is not asked for.
type Question struct {
	// Table is measured with its partitions; Estimate is its size as the
	// catalog has it.
	Table    schema.QualifiedName
	Estimate schema.Size
	// Indexes are those whose use is wanted.
	Indexes []schema.QualifiedName
	// Mentioned are the names of which functions may speak together with the
	// table MentionedWith, or as its triggers.
	Mentioned     []schema.Name
	MentionedWith schema.QualifiedName
	// View is one whose dependents are wanted.
	View schema.QualifiedName
	// Statements are those that name the table StatementsOf and one of the
	// columns StatementColumns, or only the table where there are none. They
	// are asked for where Statistics is readable.
	Statistics       StatementStatistics
	StatementsOf     schema.Name
	StatementColumns []schema.Name
}

// Answer is what a [Question] asks for.
type Answer struct {
	// Measured reports that Size is known: of a table that does not exist, or
	// that is locked, it is not. It is that of the files right now: the catalog
	// knows it only as of the last VACUUM, ANALYZE or index build.
	Measured bool
	Size     schema.Size
	// Indexes are those that exist, sorted by name.
	Indexes []IndexUsage
	// Functions are those whose text names what is wanted. The server does not
	// know what such a text means: it is a hint, no proof.
	Functions []string
	// Dependents describe what would keep the view from being dropped.
	Dependents []string
	// Statements are up to five, by number of calls: a hint and no proof, as a
	// name in a text may mean another table, and SELECT * names no column.
	Statements []StatementUsage
}

// Ask answers in one statement; in two where the table stays locked, of which
// the second leaves out the size.
func Ask(ctx context.Context, conn *pgx.Conn, q Question) (Answer, error) {
	answer, err := ask(ctx, conn, q)
	if sqlState(err) == stateLockNotAvailable {
		q.Table = schema.QualifiedName{}
		answer, err = ask(ctx, conn, q)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("ask how tables are used: %w", err)
	}
	return answer, nil
}

func ask(ctx context.Context, conn *pgx.Conn, q Question) (Answer, error) {
	var (
		sizes      []sizeRow
		indexes    []indexUsageRow
		functions  []struct{ Function string }
		dependents []struct{ Object string }
		statements []statementUsageRow
		questions  []question
	)
	if !q.Table.IsZero() {
		timeout := strconv.FormatInt(readLockTimeout.Milliseconds(), 10) + "ms"
		questions = append(questions, named(conn, "size", &sizes, string(q.Table.Schema), string(q.Table.Name), timeout))
	}
	if len(q.Indexes) > 0 {
		questions = append(questions, named(conn, "index_usage", &indexes, asJSON(q.Indexes)))
	}
	if len(q.Mentioned) > 0 {
		questions = append(questions, named(conn, "mentions", &functions, string(q.MentionedWith.Schema), string(q.MentionedWith.Name), asJSON(q.Mentioned)))
	}
	if !q.View.IsZero() {
		questions = append(questions, named(conn, "view_dependents", &dependents, string(q.View.Schema), string(q.View.Name)))
	}
	if q.Statistics.Readable() && q.StatementsOf != "" {
		of := named(conn, "statement_usage", &statements, string(q.StatementsOf), asJSON(append([]schema.Name{}, q.StatementColumns...)))
		of.sql = q.Statistics.in(of.sql)
		questions = append(questions, of)
	}
	if len(questions) == 0 {
		return Answer{}, nil
	}
	if err := together(ctx, conn, questions...); err != nil {
		return Answer{}, err
	}
	var answer Answer
	for _, row := range sizes {
		answer.Measured, answer.Size = true, row.size(q.Estimate)
	}
	for _, row := range indexes {
		answer.Indexes = append(answer.Indexes, row.usage())
	}
	for _, row := range functions {
		answer.Functions = append(answer.Functions, row.Function)
	}
	for _, row := range dependents {
		answer.Dependents = append(answer.Dependents, row.Object)
	}
	for _, row := range statements {
		answer.Statements = append(answer.Statements, row.usage())
	}
	return answer, nil
}

// asJSON is for names, which always encode.
func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

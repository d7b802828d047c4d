// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// misspelled reports what can be seen without a server, before a text comes
// near a statement.
func misspelled(e expressionAt) *ExpressionError {
	err := e.expression.Validate()
	if err == nil {
		return nil
	}
	refused := &ExpressionError{Path: e.path, Expression: e.expression.Text, Message: err.Error(), SQLState: "42601"}
	if syntax, ok := errors.AsType[*schema.SyntaxError](err); ok {
		refused.Message = syntax.Reason
		refused.Position = utf8.RuneCountInString(syntax.Text[:syntax.Offset]) + 1
	}
	return refused
}

// expressionError attributes the error of a task to the expression at whose
// place the server found it.
func (t *task) expressionError() *ExpressionError {
	refused := &ExpressionError{Path: t.path, Message: t.err.Error()}
	var serverError *pgconn.PgError
	if !errors.As(t.err, &serverError) {
		return refused
	}
	refused.Message, refused.Detail = serverError.Message, serverError.Detail
	refused.Hint, refused.SQLState = serverError.Hint, serverError.Code
	if serverError.Position > 0 {
		for _, s := range t.build {
			if t.failed != "" && s.sql != t.failed {
				continue
			}
			for _, e := range t.expressions {
				if position := within(s.sql, e.expression.Text, int(serverError.Position)); position > 0 {
					refused.Path, refused.Expression, refused.Position = e.path, e.expression.Text, position
					return refused
				}
			}
		}
	}
	if len(t.expressions) == 1 {
		refused.Path, refused.Expression = t.expressions[0].path, t.expressions[0].expression.Text
	}
	return refused
}

// within translates a position in a statement, in characters from 1, into one
// in the part of it; 0 where the part does not contain it.
func within(sql, part string, position int) int {
	for offset := 0; part != ""; {
		found := strings.Index(sql[offset:], part)
		if found < 0 {
			return 0
		}
		offset += found
		start := utf8.RuneCountInString(sql[:offset])
		if position > start && position <= start+utf8.RuneCountInString(part) {
			return position - start
		}
		offset++
	}
	return 0
}

// parseOnly checks syntax, names and types without a temporary table: the
// columns come from a subquery of NULLs. Nothing is executed, and nothing of
// it can be compared.
func (b *workbench) parseOnly(ctx context.Context) ([]*ExpressionError, error) {
	var statements []statement
	var checked []*task
	for _, t := range b.tasks() {
		if t.err != nil || t.optional {
			continue
		}
		for _, e := range t.expressions {
			from := t.columns
			if from == nil {
				from = b.columns
			}
			single := &task{path: t.path, expressions: []expressionAt{e}, explain: t.explain}
			single.build = []statement{{
				sql:      "SELECT " + ddl.Parenthesised(*e.expression) + " FROM " + b.rowOfNulls(from),
				describe: func([]pgconn.FieldDescription) error { return nil }, last: true,
			}}
			checked = append(checked, single)
			statements = append(statements, single.build...)
		}
	}
	var refused []*ExpressionError
	results, err := flyUserPath(ctx, b.conn.PgConn(), statements)
	if err != nil {
		return nil, err
	}
	for i, err := range results {
		switch {
		case err == nil:
		case !isServerError(err):
			return refused, err
		default:
			checked[i].err = err
			e := checked[i].expressionError()
			if checked[i].explain != nil {
				checked[i].explain(e)
			}
			refused = append(refused, e)
		}
	}
	return refused, nil
}

// rowOfNulls stands for the table.
func (b *workbench) rowOfNulls(columns []schema.Column) string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = "CAST(NULL AS " + column.Type.SQL() + ")"
		if !column.Collation.IsZero() {
			list[i] += " COLLATE " + column.Collation.String()
		}
		list[i] += " AS " + column.Name.Quote()
	}
	return "(SELECT " + strings.Join(list, ", ") + ") AS " + b.real.Name.Quote()
}

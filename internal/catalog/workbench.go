// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// workbench is a temporary table of the same unqualified name and columns as
// the real one, on which PostgreSQL parses, stores and prints expressions. All
// of it happens in one transaction that is rolled back.
type workbench struct {
	conn  *pgx.Conn
	real  schema.QualifiedName
	table schema.QualifiedName // in pg_temp
	// columns are those that expressions can name.
	columns []schema.Column
	// exists reports that the real table can be asked for a second opinion.
	exists bool
	// early tasks run while generated columns are absent: none of them may
	// name another one.
	early, late []*task

	oid uint32
}

// expressionAt is an expression of a configuration and where it stands.
type expressionAt struct {
	path       []string
	expression *schema.Expression
}

// task is one question to the server.
type task struct {
	expressions []expressionAt
	// path is reported for an error that concerns no single expression.
	path []string
	// columns are those that the expressions can name; nil means all.
	columns []schema.Column
	// build are the statements that hold texts of the configuration.
	build []statement
	// read names the queries that print the result.
	read []string
	// accept takes the temporary table as it was read back.
	accept func(table *schema.Table)
	// optional tasks report no error.
	optional bool
	// explain adds to an error what the server cannot know.
	explain func(e *ExpressionError)

	rows rowSet
	err  error
	// failed is the statement that err is about.
	failed string
}

const savepoint = "pgphase_expression"

// The bounds of one comparison. Locks are taken only on what expressions name,
// and on catalogs.
const (
	compareStatementTimeout = 30 * time.Second
	compareLockTimeout      = 3 * time.Second
)

func newWorkbench(conn *pgx.Conn, desired schema.Table, observed *schema.Table) *workbench {
	b := &workbench{
		conn: conn, real: desired.Name,
		table: schema.QualifiedName{Schema: "pg_temp", Name: desired.Name.Name},
	}
	b.columns = append(b.columns, desired.Columns...)
	if observed != nil {
		b.exists = true
		for _, column := range observed.Columns {
			if desired.Column(column.Name) == nil {
				b.columns = append(b.columns, column)
			}
		}
	}
	return b
}

// run answers all tasks. It asks nothing where there is nothing to ask.
func (b *workbench) run(ctx context.Context) (refused []*ExpressionError, err error) {
	asked := false
	for _, t := range b.tasks() {
		for _, e := range t.expressions {
			problem := misspelled(e)
			if problem == nil {
				continue
			}
			t.err = problem
			if !t.optional {
				refused = append(refused, problem)
			}
		}
		asked = asked || t.err == nil
	}
	if !asked {
		return refused, nil
	}
	defer func() { err = errors.Join(err, endTransaction(ctx, b.conn)) }()
	if err := b.createTable(ctx); err != nil {
		if !isServerError(err) {
			return refused, err
		}
		if err := endTransaction(ctx, b.conn); err != nil {
			return refused, err
		}
		if len(upcoming(ctx)) > 0 {
			// Nothing can be parsed that names what is not there.
			return refused, &CannotCompareError{Err: err}
		}
		parsed, parseErr := b.parseOnly(ctx)
		return append(refused, parsed...), errors.Join(&CannotCompareError{Err: err}, parseErr)
	}
	if err := b.ask(ctx); err != nil {
		return refused, err
	}
	failed, err := b.collectErrors(ctx)
	return append(refused, failed...), err
}

func (b *workbench) tasks() []*task {
	return append(append([]*task{}, b.early...), b.late...)
}

// createTable opens the transaction and makes the table without its generated
// columns.
func (b *workbench) createTable(ctx context.Context) error {
	var plain []schema.Column
	for _, column := range b.columns {
		if column.Generated == nil {
			plain = append(plain, bare(column))
		}
	}
	limits := "SELECT set_config('statement_timeout', $1::text, true), set_config('lock_timeout', $2::text, true)"
	statements := []statement{
		{sql: "BEGIN"},
		{sql: limits, args: timeouts(compareStatementTimeout, compareLockTimeout)},
		{sql: ddl.ShowUserPathLocally},
	}
	for _, sql := range upcoming(ctx) {
		statements = append(statements, statement{sql: sql})
	}
	err := firstError(fly(ctx, b.conn.PgConn(), append(statements,
		statement{sql: ddl.CreateTable(schema.Table{Name: b.table, Columns: plain})},
		statement{
			sql: "SELECT $1::text::pg_catalog.regclass::pg_catalog.oid", args: []string{b.table.String()},
			row: func(value []byte) error {
				oid, err := strconv.ParseUint(string(value), 10, 32)
				b.oid = uint32(oid)
				return err
			},
		})))
	if err != nil {
		return fmt.Errorf("create a temporary table like %s: %w", b.real, err)
	}
	return nil
}

// bare is a column as expressions see it.
func bare(column schema.Column) schema.Column {
	return schema.Column{Name: column.Name, Type: column.Type, Collation: column.Collation, Nullable: true}
}

// ask sends all tasks at once: each builds, is read and is rolled back to the
// savepoint, whether it failed or not.
func (b *workbench) ask(ctx context.Context) error {
	var statements []statement
	var owners []*task
	add := func(owner *task, list ...statement) {
		statements = append(statements, list...)
		for range list {
			owners = append(owners, owner)
		}
	}
	mark := statement{sql: "SAVEPOINT " + savepoint, last: true}
	add(nil, mark)
	for _, t := range b.early {
		add(t, b.statements(t)...)
		add(nil, statement{sql: "ROLLBACK TO SAVEPOINT " + savepoint, last: true})
	}
	for _, column := range b.columns {
		if column.Generated != nil {
			add(nil, statement{sql: ddl.AddColumn(b.table, bare(column)), last: true})
		}
	}
	add(nil, mark)
	for _, t := range b.late {
		add(t, b.statements(t)...)
		add(nil, statement{sql: "ROLLBACK TO SAVEPOINT " + savepoint, last: true})
	}
	for i, err := range fly(ctx, b.conn.PgConn(), statements) {
		switch {
		case err == nil || errors.Is(err, errSkipped):
		case owners[i] == nil || !isServerError(err):
			return fmt.Errorf("let the server print the expressions of %s: %w", b.real, err)
		case owners[i].err == nil:
			owners[i].err, owners[i].failed = err, statements[i].sql
		}
	}
	return nil
}

// statements are those of one task, as one group.
func (b *workbench) statements(t *task) []statement {
	if t.err != nil {
		return nil
	}
	list := append([]statement{}, t.build...)
	if len(t.read) > 0 {
		list = append(list, statement{sql: settings, args: timeouts(compareStatementTimeout, compareLockTimeout)})
	}
	texts := variant{Version: serverVersion(b.conn)}
	oid := "{" + strconv.FormatUint(uint64(b.oid), 10) + "}"
	for _, query := range t.read {
		s := statement{sql: texts.query(query), args: []string{oid}}
		switch query {
		case "columns":
			s.row = collect(&t.rows.columns)
		case "constraints":
			s.row = collect(&t.rows.constraints)
		case "indexes":
			s.row = collect(&t.rows.indexes)
		case "partition_keys":
			// The table is another one than at the start.
			s.args, s.row = []string{b.table.String()}, collect(&t.rows.relations)
		case "replacement":
			s.args, s.row = []string{b.table.String(), string(replacementCheck)}, collect(&t.rows.replacement)
		}
		list = append(list, s)
	}
	if len(list) > 0 {
		list[len(list)-1].last = true
	}
	return list
}

// collectErrors hands the answers out and returns what was refused.
func (b *workbench) collectErrors(ctx context.Context) ([]*ExpressionError, error) {
	var refused []*ExpressionError
	for _, t := range b.tasks() {
		var known *ExpressionError
		switch {
		case t.err == nil:
			if err := b.deliver(t); err != nil {
				return refused, err
			}
		case t.optional || errors.As(t.err, &known):
		default:
			doubtful, err := b.secondOpinion(ctx, t)
			if err != nil {
				return refused, err
			}
			if !doubtful {
				e := b.explain(t.expressionError())
				if t.explain != nil {
					t.explain(e)
				}
				refused = append(refused, e)
			}
		}
	}
	return refused, nil
}

// explain adds what the server cannot know: while the expression of one
// generated column is asked about, the others are not there.
func (b *workbench) explain(e *ExpressionError) *ExpressionError {
	if e.SQLState != stateUndefinedColumn || e.Hint != "" || e.Path[len(e.Path)-1] != "generated" {
		return e
	}
	for _, column := range b.columns {
		if column.Generated != nil && (schema.Expression{Text: e.Expression}).Mentions(column.Name) {
			e.Hint = "A generated column cannot use another generated column, nor itself."
		}
	}
	return e
}

func (b *workbench) deliver(t *task) error {
	if t.accept == nil {
		return nil
	}
	if len(t.rows.relations) == 0 {
		t.rows.relations = []relationRow{{OID: b.oid, Schema: b.table.Schema, Name: b.table.Name, Kind: "r"}}
	}
	snapshot, err := t.rows.assemble()
	if err != nil {
		return err
	}
	for _, r := range snapshot.tables {
		t.accept(&r.table)
	}
	return nil
}

// secondOpinion parses the expressions on the real table. The temporary one
// has another row type and another schema, which a function of the row or a
// fully qualified column can tell apart: that is no fault of the expression.
func (b *workbench) secondOpinion(ctx context.Context, t *task) (fine bool, err error) {
	switch sqlState(t.err) {
	case stateUndefinedTable, stateUndefinedFunction, stateDatatypeMismatch:
	default:
		return false, nil
	}
	if !b.exists || len(t.expressions) == 0 {
		return false, nil
	}
	var statements []statement
	for _, e := range t.expressions {
		statements = append(statements, statement{
			sql:      "SELECT (" + e.expression.Text + "\n) FROM " + b.real.String(),
			describe: func([]pgconn.FieldDescription) error { return nil },
		})
	}
	statements[len(statements)-1].last = true
	statements = append(statements, statement{sql: "ROLLBACK TO SAVEPOINT " + savepoint, last: true})
	results := fly(ctx, b.conn.PgConn(), statements)
	if err := results[len(results)-1]; err != nil {
		return false, err
	}
	return firstError(results) == nil, nil
}

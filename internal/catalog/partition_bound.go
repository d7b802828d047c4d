// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// PartitionBound is what the server makes of the bound of a partition.
type PartitionBound struct {
	// Bound is the server's own text: FOR VALUES IN ('a'), DEFAULT.
	Bound string
	// Condition, Own and Unprovable are as in [schema.Attachment].
	Condition, Own string
	Unprovable     bool
}

// maxSiblings bounds the partitions that a new one is compared with. The apply
// finds an overlap with any.
const maxSiblings = 200

// CanonicalizeBound lets the server say what the bound of a partition means.
// Levels are the partitioned tables above it, the parent first; the partitions of
// the parent must not overlap with it. All happens on temporary tables, in one
// transaction that is rolled back. A bound that the server refuses is reported; a
// *CannotCompareError means that it could not be asked.
func CanonicalizeBound(ctx context.Context, conn *pgx.Conn, levels []schema.Table, partition schema.QualifiedName, bound string) (PartitionBound, []*ExpressionError, error) {
	expression := schema.Expression{Text: bound}
	if problem := misspelled(expressionAt{nil, &expression}); problem != nil {
		return PartitionBound{}, []*ExpressionError{problem}, nil //nolint:nilerr // documented: what the server would refuse is reported
	}
	b := &boundBench{levels: levels, real: partition, partition: schema.QualifiedName{Schema: "pg_temp", Name: partition.Name}, bound: bound}
	found, refused, err := b.ask(ctx, conn)
	if err = errors.Join(err, endTransaction(ctx, conn)); err != nil || refused != nil {
		return PartitionBound{}, refused, err
	}
	return found, nil, nil
}

// boundBench are temporary partitioned tables like the real ones.
type boundBench struct {
	levels    []schema.Table
	real      schema.QualifiedName
	partition schema.QualifiedName // in pg_temp
	bound     string
}

func (b *boundBench) ask(ctx context.Context, conn *pgx.Conn) (found PartitionBound, refused []*ExpressionError, err error) {
	limits := "SELECT set_config('statement_timeout', $1::text, true), set_config('lock_timeout', $2::text, true)"
	statements := []statement{
		{sql: "BEGIN"},
		{sql: limits, args: timeouts(compareStatementTimeout, compareLockTimeout)},
		{sql: ddl.ShowUserPathLocally},
	}
	for _, sql := range upcoming(ctx) {
		statements = append(statements, statement{sql: sql})
	}
	for i := range slices.Backward(b.levels) {
		statements = append(statements, statement{sql: b.createLevel(i)})
	}
	for _, name := range b.siblings() {
		statements = append(statements, statement{sql: name})
	}
	if err := firstError(fly(ctx, conn.PgConn(), statements)); err != nil {
		if isServerError(err) {
			return found, nil, &CannotCompareError{Err: err}
		}
		return found, nil, fmt.Errorf("create temporary tables like %s: %w", b.levels[0].Name, err)
	}
	var facts struct {
		Bound     string `json:"bound"`
		Condition string `json:"condition"`
	}
	read := func(partition schema.QualifiedName) statement {
		return statement{
			sql: `SELECT json_build_object('bound', pg_get_expr(relpartbound, oid), 'condition', pg_get_partition_constraintdef(oid))
				FROM pg_catalog.pg_class WHERE oid = $1::text::pg_catalog.regclass`,
			args: []string{partition.String()},
			row:  func(value []byte) error { return json.Unmarshal(value, &facts) },
		}
	}
	create := statement{sql: ddl.CreatePartition(temporaryLevel(0), b.partition, b.bound, nil)}
	fixed := statement{sql: settings, args: timeouts(compareStatementTimeout, compareLockTimeout)}
	if err := firstError(fly(ctx, conn.PgConn(), []statement{create, fixed, read(b.partition)})); err != nil {
		if !isServerError(err) {
			return found, nil, fmt.Errorf("let the server print the bound of %s: %w", b.partition.Name, err)
		}
		expression := schema.Expression{Text: b.bound}
		t := &task{expressions: []expressionAt{{nil, &expression}}, build: []statement{create}, err: err}
		return found, []*ExpressionError{t.expressionError()}, nil
	}
	found = PartitionBound{Bound: facts.Bound}
	if b.byHash() || facts.Bound == "DEFAULT" && len(b.levels[0].Partitions) > maxSiblings {
		found.Unprovable = true
		return found, nil, nil
	}
	found.Condition, found.Own = facts.Condition, facts.Condition
	facts.Condition = "" // that of a default partition without siblings is null
	if len(b.levels) == 1 {
		return found, nil, nil
	}
	// The parent without the levels above it. The text is the server's own by now:
	// it means the same under all settings.
	alone := schema.QualifiedName{Schema: "pg_temp", Name: "pgphase_alone"}
	part := schema.QualifiedName{Schema: "pg_temp", Name: "pgphase_part"}
	statements = []statement{{sql: b.createTable(alone, 0)}}
	for _, create := range b.siblingsOf(alone, "pgphase_sibling_") {
		statements = append(statements, statement{sql: create})
	}
	statements = append(statements, statement{sql: ddl.CreatePartition(alone, part, found.Bound, nil)}, read(part))
	if err := firstError(fly(ctx, conn.PgConn(), statements)); err != nil {
		return found, nil, fmt.Errorf("let the server print the bound of %s: %w", b.partition.Name, err)
	}
	found.Own = facts.Condition
	return found, nil, nil
}

func temporaryLevel(i int) schema.QualifiedName {
	return schema.QualifiedName{Schema: "pg_temp", Name: schema.Name(fmt.Sprintf("pgphase_level_%d", i))}
}

// createLevel makes a level: the topmost as a table, the others as partitions of
// the one above.
func (b *boundBench) createLevel(i int) string {
	if i == len(b.levels)-1 {
		return b.createTable(temporaryLevel(i), i)
	}
	return ddl.CreatePartition(temporaryLevel(i+1), temporaryLevel(i), b.levels[i].PartitionBound, b.levels[i].PartitionBy)
}

func (b *boundBench) createTable(name schema.QualifiedName, i int) string {
	probe := schema.Table{Name: name, PartitionBy: b.levels[i].PartitionBy}
	for _, column := range b.levels[i].Columns {
		probe.Columns = append(probe.Columns, bare(column))
	}
	return ddl.CreateTable(probe)
}

func (b *boundBench) byHash() bool {
	for _, level := range b.levels {
		if level.PartitionBy.Strategy == "hash" {
			return true
		}
	}
	return false
}

// siblings makes the partitions that there are, under their own names: an
// overlap is reported with the name of the other one.
func (b *boundBench) siblings() []string { return b.siblingsOf(temporaryLevel(0), "") }

// siblingsOf makes them below a table, under names of its own where a prefix is
// given. Bounds are in the server's own words.
func (b *boundBench) siblingsOf(parent schema.QualifiedName, prefix string) []string {
	taken := map[schema.Name]bool{b.partition.Name: true, "pgphase_alone": true, "pgphase_part": true}
	for i := range b.levels {
		taken[temporaryLevel(i).Name] = true
	}
	var statements []string
	for i, p := range b.levels[0].Partitions {
		name := p.Name.Name
		if prefix != "" {
			name = schema.Name(fmt.Sprintf("%s%d", prefix, i))
		}
		if p.Name == b.real || p.Bound == "" || p.DetachPending || taken[name] || len(statements) == maxSiblings {
			continue
		}
		taken[name] = true
		statements = append(statements, ddl.CreatePartition(parent, schema.QualifiedName{Schema: "pg_temp", Name: name}, p.Bound, nil))
	}
	return statements
}

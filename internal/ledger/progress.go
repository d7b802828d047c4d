// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Progress is how far one pass of a backfill is, within one range of blocks.
type Progress struct {
	// Transition is the transition, or the column, that is filled.
	Transition schema.Name
	// Relation is the table or partition that holds the rows.
	Relation schema.QualifiedName
	// Blocks from First up to Next are done; End is the end of the range.
	First, Next, End int64
	// FileNode is pg_relation_filenode() of the relation: with another one the
	// rows have moved and the pass starts again.
	FileNode uint32
	// Columns are the attnums of the columns that are filled, sorted. No number
	// is given twice: with others, a column was dropped and added again, and
	// the pass starts again.
	Columns []int16
	// RowsChanged is the sum over the range, earlier runs included.
	RowsChanged int64
	// Observed.
	StartedAt, UpdatedAt time.Time
}

// Done reports that the range is finished.
func (p Progress) Done() bool { return p.Next >= p.End }

// saveProgress has parameters of type text, as the executor sends them.
const saveProgress = `INSERT INTO pgphase.progress AS p
	(transition, relation, first_block, next_block, end_block, file_node, rows_changed, attributes)
VALUES ($1::text, $2::text, $3::text::bigint, $4::text::bigint, $5::text::bigint, $6::text::oid, $7::text::bigint, $8::text::smallint[])
ON CONFLICT (transition, relation, first_block) DO UPDATE SET
	next_block = excluded.next_block, end_block = excluded.end_block, file_node = excluded.file_node,
	rows_changed = excluded.rows_changed, attributes = excluded.attributes, updated_at = now(),
	started_at = CASE WHEN p.file_node = excluded.file_node THEN p.started_at ELSE now() END`

// Statement returns the statement that stores the progress, and its parameters
// in text form: it belongs into the transaction of the batch, so that neither
// is there without the other.
func (p Progress) Statement() (sql string, parameters []string) {
	columns := make([]string, len(p.Columns))
	for i, column := range p.Columns {
		columns[i] = strconv.Itoa(int(column))
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return saveProgress, []string{
		string(p.Transition), p.Relation.String(), number(p.First), number(p.Next), number(p.End),
		strconv.FormatUint(uint64(p.FileNode), 10), number(p.RowsChanged),
		"{" + strings.Join(columns, ",") + "}",
	}
}

// SaveProgress stores the progress on its own.
func SaveProgress(ctx context.Context, conn Querier, p Progress) error {
	sql, parameters := p.Statement()
	args := []any{pgx.QueryExecModeExec}
	for _, parameter := range parameters {
		args = append(args, parameter)
	}
	if _, err := conn.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("store the progress of %s: %w", p.Transition, err)
	}
	return nil
}

// LoadProgress returns what is stored for a transition, by relation and range.
// Whether the file node is still that of the relation is for the caller to see.
func LoadProgress(ctx context.Context, conn Querier, transition schema.Name) ([]Progress, error) {
	progress, err := loadProgress(ctx, conn, []string{string(transition)})
	return progress[transition], err
}

func loadProgress(ctx context.Context, conn Querier, transitions []string) (map[schema.Name][]Progress, error) {
	if len(transitions) == 0 {
		return nil, nil //nolint:nilnil // documented: there is none
	}
	rows, err := conn.Query(ctx, `
		SELECT transition, relation, first_block, next_block, end_block, file_node, attributes, rows_changed, started_at, updated_at
		FROM pgphase.progress WHERE transition = ANY ($1::text[])
		ORDER BY relation, first_block`, pgx.QueryExecModeExec, transitions)
	if err != nil {
		return nil, fmt.Errorf("load the progress of %s: %w", strings.Join(transitions, ", "), err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Progress, error) {
		var p Progress
		var relation string
		err := row.Scan(&p.Transition, &relation, &p.First, &p.Next, &p.End, &p.FileNode, &p.Columns, &p.RowsChanged, &p.StartedAt, &p.UpdatedAt)
		if err == nil {
			p.Relation, err = schema.ParseQualifiedName(relation)
		}
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("load the progress of %s: %w", strings.Join(transitions, ", "), err)
	}
	progress := map[schema.Name][]Progress{}
	for _, p := range list {
		progress[p.Transition] = append(progress[p.Transition], p)
	}
	return progress, nil
}

// ForgetProgress removes what is stored for a transition: its backfill has to
// start again, or is over.
func ForgetProgress(ctx context.Context, conn Querier, transition schema.Name) error {
	_, err := conn.Exec(ctx, "DELETE FROM pgphase.progress WHERE transition = $1", pgx.QueryExecModeExec, string(transition))
	if err != nil {
		return fmt.Errorf("forget the progress of %s: %w", transition, err)
	}
	return nil
}

// ReadProgress returns everything that is stored, by transition, relation and
// range, and the time of the server, to which UpdatedAt compares. Nothing where
// there is no ledger, or none that the role may read.
func ReadProgress(ctx context.Context, conn Querier) (list []Progress, now time.Time, err error) {
	exists, err := Exists(ctx, conn)
	if err != nil || !exists {
		return nil, now, err
	}
	rows, err := conn.Query(ctx, `
		SELECT transition, relation, first_block, next_block, end_block, rows_changed, started_at, updated_at, pg_catalog.now()
		FROM pgphase.progress
		ORDER BY transition, relation, first_block`, pgx.QueryExecModeExec)
	if err == nil {
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Progress, error) {
			var p Progress
			var relation string
			err := row.Scan(&p.Transition, &relation, &p.First, &p.Next, &p.End, &p.RowsChanged, &p.StartedAt, &p.UpdatedAt, &now)
			if err == nil {
				p.Relation, err = schema.ParseQualifiedName(relation)
			}
			return p, err
		})
	}
	if err != nil {
		if refusedWith(err, insufficientPrivilege) {
			return nil, now, nil
		}
		return nil, now, fmt.Errorf("load the progress of backfills: %w", err)
	}
	return list, now, nil
}

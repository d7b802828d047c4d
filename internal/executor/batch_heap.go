// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// heap is the file of a table.
type heap struct {
	oid    uint32
	node   uint32
	blocks int64
	// columns are the attnums of those that are filled, sorted.
	columns []int16
}

const heapQuery = `
SELECT coalesce(c.oid, 0), coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),
	coalesce(pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint, 0),
	ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ANY ($3::name[]) ORDER BY 1)
FROM unnest($1::name[], $2::name[]) WITH ORDINALITY AS wanted (nspname, relname, position)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.nspname
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.relname AND c.relkind IN ('r', 'p')
ORDER BY position`

func (b *backfill) readHeaps(ctx context.Context, tables ...schema.QualifiedName) ([]heap, error) {
	var schemas, names, columns []string
	for _, table := range tables {
		schemas, names = append(schemas, string(table.Schema)), append(names, string(table.Name))
	}
	for _, assignment := range b.op.Backfill.Assignments {
		columns = append(columns, string(assignment.Column))
	}
	rows, err := b.session.Conn().Query(ctx, heapQuery, pgx.QueryExecModeExec, schemas, names, columns)
	if err != nil {
		return nil, err
	}
	heaps, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (heap, error) {
		var h heap
		err := row.Scan(&h.oid, &h.node, &h.blocks, &h.columns)
		return h, err
	})
	if err != nil {
		return nil, err
	}
	for i, table := range tables {
		if heaps[i].oid == 0 {
			return nil, fmt.Errorf("the table %s does not exist", table)
		}
	}
	return heaps, nil
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// addColumn adds the default, the generated expression and the backfill of a
// column.
func (b *workbench) addColumn(column *schema.Column, path ...string) {
	at := func(attribute string, e *schema.Expression) []expressionAt {
		return []expressionAt{{slices.Concat(path, []string{attribute}), e}}
	}
	if column.Default != nil {
		b.late = append(b.late, &task{
			expressions: at("default", column.Default),
			build:       []statement{{sql: ddl.SetDefault(b.table, column.Name, column.Default)}},
			read:        []string{"columns"},
			accept: func(table *schema.Table) {
				if stored := table.Column(column.Name); stored != nil && stored.Default != nil {
					adopt(column.Default, stored.Default)
				} else {
					// SET DEFAULT NULL removes the default.
					column.Default.Canonical, column.Default.Volatility = "NULL", schema.Immutable
				}
			},
		})
		b.addVolatility(column)
	}
	if column.Generated != nil {
		expression := &column.Generated.Expression
		generated := bare(*column)
		generated.Generated = column.Generated
		b.early = append(b.early, &task{
			expressions: at("generated", expression),
			build:       []statement{{sql: ddl.AddColumn(b.table, generated)}},
			read:        []string{"columns"},
			accept: func(table *schema.Table) {
				if stored := table.Column(column.Name); stored != nil && stored.Generated != nil {
					adopt(expression, &stored.Generated.Expression)
				}
			},
		})
	}
	if column.Backfill != nil {
		b.late = append(b.late, &task{
			expressions: at("backfill", column.Backfill),
			build: []statement{{
				sql: fmt.Sprintf("UPDATE %s SET %s = (%s\n)", b.table, column.Name.Quote(), column.Backfill.Text),
				// Parsed only: nothing about it is stored or compared.
				describe: func([]pgconn.FieldDescription) error { return nil },
			}},
		})
	}
}

// addVolatility finds out whether ADD COLUMN with the default would rewrite the
// table, by doing it: the server decides after inlining functions, and a
// function that is not marked may still vanish. A domain that rewrites by its
// constraints is replaced by its base type.
func (b *workbench) addVolatility(column *schema.Column) {
	if column.Default.IsLiteral() {
		return // storing it tells as much
	}
	probe := schema.Column{Name: "pgphase_volatility", Type: column.Type, Nullable: true, Default: column.Default}
	for probe.Type.Facts != nil && probe.Type.Facts.Base != nil {
		probe.Type = *probe.Type.Facts.Base
	}
	var nodes []string
	node := statement{
		sql: "SELECT pg_catalog.pg_relation_filenode($1::text::pg_catalog.regclass)::text", args: []string{b.table.String()},
		row: func(value []byte) error {
			nodes = append(nodes, string(value))
			return nil
		},
	}
	b.late = append(b.late, &task{
		expressions: []expressionAt{{nil, column.Default}},
		optional:    true, // evaluating the default may fail: 1/0
		build:       []statement{node, {sql: ddl.AddColumn(b.table, probe)}, node},
		accept: func(*schema.Table) {
			switch {
			case len(nodes) != 2 || column.Default.Canonical == "":
			case nodes[0] != nodes[1]:
				column.Default.Volatility = schema.Volatile
			case column.Default.Volatility == schema.Volatile:
				column.Default.Volatility = schema.Stable // inlined away
			}
		},
	})
}

func (b *workbench) addCheck(check *schema.Check, path ...string) {
	probe := schema.Check{Name: check.Name, Expression: check.Expression}
	b.late = append(b.late, &task{
		expressions: []expressionAt{{path, &check.Expression}},
		build:       []statement{{sql: ddl.AddConstraint(b.table, ddl.CheckConstraint(probe))}},
		read:        []string{"constraints"},
		accept: func(table *schema.Table) {
			if stored := table.Check(check.Name); stored != nil {
				adopt(&check.Expression, &stored.Expression)
				check.Columns = stored.Columns
			}
		},
	})
}

func (b *workbench) addExclusion(exclusion *schema.Exclusion, path ...string) {
	probe := *exclusion
	probe.Comment = ""
	keys := make([]schema.IndexKey, len(exclusion.Elements))
	for i := range exclusion.Elements {
		keys[i] = exclusion.Elements[i].IndexKey
	}
	b.late = append(b.late, &task{
		path:        path,
		expressions: expressionsOf(keys, exclusion.Where, path, []string{"elements"}),
		build:       []statement{{sql: ddl.AddConstraint(b.table, ddl.ExclusionConstraint(probe))}},
		read:        []string{"constraints", "indexes"},
		accept: func(table *schema.Table) {
			stored := table.Exclusion(exclusion.Name)
			if stored == nil || len(stored.Elements) != len(exclusion.Elements) {
				return
			}
			exclusion.Method = stored.Method
			for i := range stored.Elements {
				adoptKey(&exclusion.Elements[i].IndexKey, stored.Elements[i].IndexKey)
				exclusion.Elements[i].Operator = stored.Elements[i].Operator
			}
			adopt(exclusion.Where, stored.Where)
		},
	})
}

func (b *workbench) addIndex(index *schema.Index, path ...string) {
	probe := *index
	probe.Name = schema.QualifiedName{Schema: b.table.Schema, Name: "pgphase_index"}
	probe.Table = b.table
	b.late = append(b.late, &task{
		path:        path,
		expressions: expressionsOf(index.Keys, index.Where, path, []string{"keys"}),
		// The temporary table has no partitions: ONLY changes nothing.
		build: []statement{{sql: ddl.CreateIndexOnly(probe)}},
		read:  []string{"indexes"},
		accept: func(table *schema.Table) {
			stored := table.Index(probe.Name.Name)
			if stored == nil || len(stored.Keys) != len(index.Keys) {
				return
			}
			index.Method, index.Columns = stored.Method, stored.Columns
			for i := range stored.Keys {
				adoptKey(&index.Keys[i], stored.Keys[i])
			}
			adopt(index.Where, stored.Where)
		},
	})
}

// addPartitionKey makes a partitioned table in place of the ordinary one.
func (b *workbench) addPartitionKey(key *schema.PartitionKey, path ...string) {
	probe := schema.Table{Name: b.table, PartitionBy: key}
	for _, column := range b.columns {
		probe.Columns = append(probe.Columns, bare(column))
	}
	b.late = append(b.late, &task{
		path:        path,
		expressions: expressionsOf(key.Keys, nil, path, []string{"keys"}),
		build:       []statement{{sql: ddl.DropTable(b.table)}, {sql: ddl.CreateTable(probe)}},
		read:        []string{"partition_keys"},
		accept: func(table *schema.Table) {
			if table.PartitionBy == nil || len(table.PartitionBy.Keys) != len(key.Keys) {
				return
			}
			for i := range table.PartitionBy.Keys {
				adoptKey(&key.Keys[i], table.PartitionBy.Keys[i])
			}
		},
	})
}

// adopt gives an expression what the server made of it.
func adopt(desired, stored *schema.Expression) {
	if desired == nil || stored == nil {
		return
	}
	desired.Canonical, desired.Volatility = stored.Canonical, stored.Volatility
}

// adoptKey does the same for a key; what the server leaves out is the default.
func adoptKey(desired *schema.IndexKey, stored schema.IndexKey) {
	if stored.Column != "" {
		// PostgreSQL stores a column in parentheses as the column.
		desired.Column, desired.Expression = stored.Column, nil
	}
	adopt(desired.Expression, stored.Expression)
	desired.Collation = stored.Collation
	desired.OperatorClass = stored.OperatorClass
	desired.OperatorClassOptions = stored.OperatorClassOptions
	desired.NullsFirst = stored.NullsFirst
}

// expressionsOf lists the expressions of keys with their paths.
func expressionsOf(keys []schema.IndexKey, where *schema.Expression, path, element []string) []expressionAt {
	var list []expressionAt
	for i := range keys {
		if keys[i].Expression != nil {
			at := slices.Concat(path, element, []string{strconv.Itoa(i), "expression"})
			list = append(list, expressionAt{at, keys[i].Expression})
		}
	}
	if where != nil {
		list = append(list, expressionAt{slices.Concat(path, []string{"where"}), where})
	}
	return list
}

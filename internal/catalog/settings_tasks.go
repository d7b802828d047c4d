// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// addSettings asks about what only the server knows: its storage parameters with
// their values, its tablespaces, what it can compress with and how a type can be
// stored. What the observed table has already needs no question.
func (b *workbench) addSettings(desired schema.Table, observed *schema.Table) {
	if observed == nil {
		observed = &schema.Table{}
	}
	// A partitioned table has no storage of its own; the planner refuses parameters.
	if desired.PartitionBy == nil {
		for _, name := range slices.Sorted(maps.Keys(desired.Options)) {
			value := desired.Options[name]
			if there, ok := observed.Options[name]; !ok || there != value {
				b.addSetting(ddl.SetTableOptions(b.table, map[string]string{name: value}), "options", name)
			}
		}
	}
	if desired.Tablespace != "" && desired.Tablespace != observed.Tablespace {
		b.addSetting(ddl.SetTablespace(b.table, desired.Tablespace), "tablespace")
	}
	for _, column := range desired.Columns {
		there := observed.Column(column.Name)
		if there == nil {
			there = &schema.Column{}
		}
		name := string(column.Name)
		if column.Compression != "" && column.Compression != there.Compression {
			b.addSetting(ddl.SetCompression(b.table, column.Name, column.Compression), "columns", name, "compression")
		}
		if column.Storage != "" && column.Storage != there.Storage {
			b.addSetting(ddl.SetStorage(b.table, column.Name, column.Storage), "columns", name, "storage")
		}
	}
}

func (b *workbench) addSetting(sql string, path ...string) {
	b.late = append(b.late, &task{path: path, build: []statement{{sql: sql}}})
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// CreateTable creates a table with its columns in the order of t.Columns and
// its constraints in the order of their slices. Comments, storage, statistics
// and replica identity are statements of their own. A partition gets the columns
// and checks of the table that it will be attached to; the attachment is a
// statement of its own as well.
func CreateTable(t schema.Table) string {
	var lines []string
	if !t.PartitionOf.IsZero() {
		// What ATTACH PARTITION wants to find, and what PARTITION OF would copy.
		lines = append(lines, "LIKE "+t.PartitionOf.String()+" INCLUDING COMPRESSION INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE")
	}
	for _, column := range t.Columns {
		lines = append(lines, ColumnDefinition(column))
	}
	if t.PrimaryKey != nil {
		lines = append(lines, KeyConstraint(*t.PrimaryKey, PrimaryKey))
	}
	for _, key := range t.Uniques {
		lines = append(lines, KeyConstraint(key, Unique))
	}
	for _, check := range t.Checks {
		lines = append(lines, CheckConstraint(check))
	}
	for _, exclusion := range t.Exclusions {
		lines = append(lines, ExclusionConstraint(exclusion))
	}

	var b strings.Builder
	b.WriteString("CREATE ")
	if t.Unlogged {
		b.WriteString("UNLOGGED ")
	}
	b.WriteString("TABLE " + t.Name.String() + " (")
	for i, line := range lines {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n    " + line)
	}
	if len(lines) > 0 {
		b.WriteString("\n")
	}
	b.WriteString(")")
	if t.PartitionBy != nil {
		b.WriteString("\nPARTITION BY " + partitionKey(*t.PartitionBy))
	}
	if len(t.Options) > 0 {
		b.WriteString("\nWITH (" + optionList(t.Options) + ")")
	}
	if t.Tablespace != "" {
		b.WriteString("\nTABLESPACE " + t.Tablespace.Quote())
	}
	return b.String()
}

func partitionKey(p schema.PartitionKey) string {
	keys := make([]string, len(p.Keys))
	for i, key := range p.Keys {
		keys[i] = IndexKey(key)
	}
	return schema.Name(p.Strategy).Quote() + " (" + strings.Join(keys, ", ") + ")"
}

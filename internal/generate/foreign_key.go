// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// foreignKeyBody is a pgphase_foreign_key without what are defaults.
func foreignKeyBody(fk schema.ForeignKey, table, references value) *object {
	body := &object{}
	body.add("table", table)
	body.add("name", text(fk.Name))
	body.add("columns", names(fk.Columns))
	target := &object{}
	target.add("table", references)
	target.add("columns", names(fk.ReferencedColumns))
	body.add("references", target)
	if fk.MatchFull {
		body.add("match", text("full"))
	}
	body.addText("on_delete", strings.ToLower(string(fk.OnDelete)))
	if len(fk.OnDeleteColumns) > 0 {
		body.add("on_delete_columns", names(fk.OnDeleteColumns))
	}
	body.addText("on_update", strings.ToLower(string(fk.OnUpdate)))
	body.addTrue("deferrable", fk.Deferrable)
	body.addTrue("initially_deferred", fk.InitiallyDeferred)
	body.addTrue("not_valid", fk.NotValid)
	body.addText("comment", fk.Comment)
	return body
}

// provingIndex is the index without which PostgreSQL would refuse the foreign key:
// a unique one on the referenced columns where no constraint is. Nothing in the
// foreign key refers to its resource.
func provingIndex(fk schema.ForeignKey, references schema.Table) *schema.Index {
	proves := func(columns []schema.Name) bool {
		return len(columns) == len(fk.ReferencedColumns) &&
			!slices.ContainsFunc(columns, func(c schema.Name) bool { return !slices.Contains(fk.ReferencedColumns, c) })
	}
	if k := references.PrimaryKey; k != nil && proves(k.Columns) ||
		slices.ContainsFunc(references.Uniques, func(k schema.Key) bool { return proves(k.Columns) }) {
		return nil
	}
	for _, index := range references.StandaloneIndexes() {
		var columns []schema.Name
		for _, key := range index.Keys {
			columns = append(columns, key.Column) // empty for an expression
		}
		if index.Unique && index.Where == nil && proves(columns) {
			return &index
		}
	}
	return nil
}

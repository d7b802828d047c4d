// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
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

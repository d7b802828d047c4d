// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"encoding/json"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// rebuildPrefix begins the comment of a marker.
const rebuildPrefix = "pgphase: this index was dropped for a change of type and is to be built again: "

// rebuildNote is what a marker's comment holds.
type rebuildNote struct {
	Column schema.Name          `json:"column"`
	Index  schema.QualifiedName `json:"index"`
	SQL    string               `json:"sql"`
	After  []string             `json:"after,omitempty"`
	// Computed reports an index on an expression.
	Computed bool `json:"computed,omitempty"`
}

// rebuildMarker names the check that remembers an index.
func rebuildMarker(table schema.Table, column schema.Name, index schema.QualifiedName) schema.Name {
	return schema.DerivedName("rebuild", table.Name.Schema, table.Name.Name, column, index.Name)
}

func (s setAside) markerComment(column schema.Name) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(rebuildNote{Column: column, Index: s.name, SQL: s.build, After: s.after, Computed: s.computed}) //nolint:errchkjson // strings and a bool alone: encoding cannot fail
	return rebuildPrefix + strings.TrimSpace(b.String())
}

// markedIndexes are those that an interrupted change of the column's type has
// set aside. A marker whose comment is not ours is none.
func markedIndexes(table schema.Table, column schema.Name) []setAside {
	var found []setAside
	for _, check := range table.Checks {
		text, ours := strings.CutPrefix(check.Comment, rebuildPrefix)
		if !ours {
			continue
		}
		var note rebuildNote
		if err := json.Unmarshal([]byte(text), &note); err != nil || note.Column != column {
			continue
		}
		if check.Name != rebuildMarker(table, column, note.Index) {
			continue
		}
		found = append(found, setAside{
			name: note.Index, build: note.SQL, after: note.After, computed: note.Computed, marked: true, there: table.Index(note.Index.Name),
		})
	}
	return found
}

// IsSetAside reports whether an interrupted change of a column's type has an
// index under way: dropped, half built, or built without its comment. Another
// plan than that of the column has to leave it alone.
func IsSetAside(table schema.Table, index schema.QualifiedName) bool {
	for _, column := range table.Columns {
		for _, aside := range markedIndexes(table, column.Name) {
			if aside.name == index {
				return true
			}
		}
	}
	return false
}

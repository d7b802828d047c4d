// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/generate"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// selectNeighbours returns the schemas, enum types and sequences of the schemas,
// or of all. Who asks for single tables gets none: their other tables need them
// as well. Every database has the schema public; a sequence that belongs to a
// column is the column's.
func selectNeighbours(snapshot *catalog.Snapshot, schemas, patterns []string) generate.Neighbours {
	var n generate.Neighbours
	if len(patterns) > 0 {
		return n
	}
	wanted := func(name schema.Name) bool {
		return name != "pgphase" && (len(schemas) == 0 || slices.Contains(schemas, string(name)))
	}
	for _, name := range snapshot.Schemas() {
		if wanted(name) && name != "public" {
			n.Schemas = append(n.Schemas, *snapshot.Namespace(name))
		}
	}
	for _, name := range snapshot.Enums() {
		if wanted(name.Schema) {
			n.Enums = append(n.Enums, *snapshot.Enum(name))
		}
	}
	for _, name := range snapshot.Sequences() {
		if s := snapshot.Sequence(name); wanted(name.Schema) && s.Owner == (schema.ColumnName{}) {
			n.Sequences = append(n.Sequences, *s)
		}
	}
	return n
}

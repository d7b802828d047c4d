// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// CreateSchema creates a schema.
func CreateSchema(name schema.Name) string { return "CREATE SCHEMA " + name.Quote() }

// CommentOnSchema sets the comment of a schema; an empty one removes it.
func CommentOnSchema(name schema.Name, comment string) string {
	return "COMMENT ON SCHEMA " + name.Quote() + " IS " + literalOrNull(comment)
}

// DropSchema drops a schema that holds nothing.
func DropSchema(name schema.Name) string { return "DROP SCHEMA " + name.Quote() }

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// CreateEnum creates an enum type.
func CreateEnum(e schema.Enum) string {
	labels := make([]string, len(e.Values))
	for i, value := range e.Values {
		labels[i] = Literal(value)
	}
	return "CREATE TYPE " + e.Name.String() + " AS ENUM (" + strings.Join(labels, ", ") + ")"
}

// AddEnumValue adds a value before another one. IF NOT EXISTS is left out: it
// would keep a value that is there in another place.
func AddEnumValue(enum schema.QualifiedName, value, before string) string {
	return addEnumValue(enum, value) + " BEFORE " + Literal(before)
}

// AppendEnumValue adds a value after another one.
func AppendEnumValue(enum schema.QualifiedName, value, after string) string {
	return addEnumValue(enum, value) + " AFTER " + Literal(after)
}

// AddFirstEnumValue adds a value to an enum that has none.
func AddFirstEnumValue(enum schema.QualifiedName, value string) string {
	return addEnumValue(enum, value)
}

func addEnumValue(enum schema.QualifiedName, value string) string {
	return "ALTER TYPE " + enum.String() + " ADD VALUE " + Literal(value)
}

// CommentOnType sets the comment of a type; an empty one removes it.
func CommentOnType(name schema.QualifiedName, comment string) string {
	return "COMMENT ON TYPE " + name.String() + " IS " + literalOrNull(comment)
}

// RenameType renames a type within its schema.
func RenameType(name schema.QualifiedName, to schema.Name) string {
	return "ALTER TYPE " + name.String() + " RENAME TO " + to.Quote()
}

// DropType drops a type that nothing uses.
func DropType(name schema.QualifiedName) string { return "DROP TYPE " + name.String() }

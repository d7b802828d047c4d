// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// KeyKind says whether a key is the primary one.
type KeyKind string

// The kinds of keys, spelled as in SQL.
const (
	PrimaryKey KeyKind = "PRIMARY KEY"
	Unique     KeyKind = "UNIQUE"
)

// KeyConstraint returns a key as a clause of CREATE TABLE and of ADD, which
// builds its index: for new tables, and with ONLY for partitioned ones.
func KeyConstraint(key schema.Key, kind KeyKind) string {
	var b strings.Builder
	b.WriteString("CONSTRAINT " + key.Name.Quote() + " " + string(kind))
	if key.NullsNotDistinct {
		b.WriteString(" NULLS NOT DISTINCT")
	}
	b.WriteString(" (" + schema.QuoteNames(key.Columns) + ")")
	if len(key.Include) > 0 {
		b.WriteString(" INCLUDE (" + schema.QuoteNames(key.Include) + ")")
	}
	if len(key.Options) > 0 {
		b.WriteString(" WITH (" + optionList(key.Options) + ")")
	}
	if key.Tablespace != "" {
		b.WriteString(" USING INDEX TABLESPACE " + key.Tablespace.Quote())
	}
	b.WriteString(Deferral(key.Deferral))
	return b.String()
}

// KeyUsingIndex returns a key as a clause of ADD that takes over a unique
// index, which gets the constraint's name.
func KeyUsingIndex(key schema.Key, kind KeyKind, index schema.Name) string {
	return "CONSTRAINT " + key.Name.Quote() + " " + string(kind) + " USING INDEX " + index.Quote() +
		Deferral(key.Deferral)
}

// Deferral returns the clause that says when a constraint is checked, with a
// space before it; it is empty for the default.
func Deferral(d schema.Deferral) string {
	switch {
	case d.Deferrable && d.InitiallyDeferred:
		return " DEFERRABLE INITIALLY DEFERRED"
	case d.Deferrable:
		return " DEFERRABLE"
	}
	return ""
}

// AddKey returns ALTER TABLE ... ADD of a clause of KeyUsingIndex.
func AddKey(table schema.QualifiedName, clause string) string {
	return "ALTER TABLE " + table.String() + " ADD " + clause
}

// AddKeyOnly adds a key to a partitioned table without its partitions:
// instant, and invalid until each partition has one attached.
func AddKeyOnly(table schema.QualifiedName, key schema.Key, kind KeyKind) string {
	return "ALTER TABLE ONLY " + table.String() + " ADD " + KeyConstraint(key, kind)
}

// ReplaceKey swaps a constraint for another one in one command, so that
// uniqueness is enforced all the time.
func ReplaceKey(table schema.QualifiedName, old schema.Name, clause string) string {
	return "ALTER TABLE " + table.String() + " DROP CONSTRAINT " + old.Quote() + ", ADD " + clause
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// SetTableOptions sets storage parameters of a table.
func SetTableOptions(table schema.QualifiedName, options map[string]string) string {
	return "ALTER TABLE " + table.String() + " SET (" + optionList(options) + ")"
}

// ResetTableOptions gives storage parameters of a table their defaults back.
func ResetTableOptions(table schema.QualifiedName, names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = optionName(name)
	}
	return "ALTER TABLE " + table.String() + " RESET (" + strings.Join(quoted, ", ") + ")"
}

// SetReplicaIdentity says how UPDATE and DELETE identify a row to subscribers.
func SetReplicaIdentity(table schema.QualifiedName, identity schema.ReplicaIdentity) string {
	clause := "DEFAULT"
	switch identity.Mode {
	case schema.ReplicaIdentityFull:
		clause = "FULL"
	case schema.ReplicaIdentityNothing:
		clause = "NOTHING"
	case schema.ReplicaIdentityIndex:
		clause = "USING INDEX " + identity.Index.Quote()
	case schema.ReplicaIdentityDefault:
	}
	return "ALTER TABLE " + table.String() + " REPLICA IDENTITY " + clause
}

// SetLogged writes the whole table anew, with or without WAL.
func SetLogged(table schema.QualifiedName, unlogged bool) string {
	if unlogged {
		return "ALTER TABLE " + table.String() + " SET UNLOGGED"
	}
	return "ALTER TABLE " + table.String() + " SET LOGGED"
}

// SetTablespace copies the files of the table, its indexes not included.
func SetTablespace(table schema.QualifiedName, tablespace schema.Name) string {
	if tablespace == "" {
		tablespace = "pg_default"
	}
	return "ALTER TABLE " + table.String() + " SET TABLESPACE " + tablespace.Quote()
}

// DropTable drops a table, and never what depends on it.
func DropTable(table schema.QualifiedName) string { return "DROP TABLE " + table.String() }

// LockTable takes ACCESS EXCLUSIVE before a transaction reads what must not
// change until it ends.
func LockTable(table schema.QualifiedName) string {
	return "LOCK TABLE " + table.String() + " IN ACCESS EXCLUSIVE MODE"
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package migrator knows other tools that change the schema of a database, by
// the tables in which they keep what they have run. The names are the defaults
// of each tool's documentation; a tool that was told to use another name is not
// recognised.
package migrator

import (
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// tables are those in which tools keep what they have run. Such a tool creates
// and changes its tables itself.
var tables = map[schema.Name]string{
	"_prisma_migrations":          "Prisma",
	"flyway_schema_history":       "Flyway",
	"databasechangelog":           "Liquibase",
	"databasechangeloglock":       "Liquibase",
	"atlas_schema_revisions":      "Atlas",
	"schema_migrations":           "Rails, dbmate or golang-migrate",
	"ar_internal_metadata":        "Rails",
	"alembic_version":             "Alembic",
	"django_migrations":           "Django",
	"__diesel_schema_migrations":  "Diesel",
	"_sqlx_migrations":            "SQLx",
	"refinery_schema_history":     "Refinery",
	"goose_db_version":            "Goose",
	"__EFMigrationsHistory":       "Entity Framework",
	"__drizzle_migrations":        "Drizzle",
	"SequelizeMeta":               "Sequelize",
	"knex_migrations":             "Knex",
	"knex_migrations_lock":        "Knex",
	"kysely_migration":            "Kysely",
	"kysely_migration_lock":       "Kysely",
	"doctrine_migration_versions": "Doctrine",
	"phinxlog":                    "Phinx",
}

// schemas are those that a tool has for itself.
var schemas = map[schema.Name]string{
	"atlas_schema_revisions": "Atlas",
	"pgroll":                 "pgroll",
	"graphile_migrate":       "Graphile Migrate",
	"drizzle":                "Drizzle",
}

// Of is the tool that a table belongs to, or empty.
func Of(table schema.QualifiedName) string {
	if tool := schemas[table.Schema]; tool != "" {
		return tool
	}
	return tables[table.Name]
}

// Migrates is a tool that keeps its records in a database.
type Migrates struct {
	Tool string
	// Records is the table that it was recognised by; the first one by name.
	Records schema.QualifiedName
}

// In returns the tools whose records are among the tables, by name. A tool that
// is only one of several possible ones (schema_migrations) is left out where
// another table names it alone: Rails keeps ar_internal_metadata as well.
func In(names []schema.QualifiedName) []Migrates {
	names = slices.SortedFunc(slices.Values(names), schema.QualifiedName.Compare)
	var found []Migrates
	for _, name := range names {
		tool := Of(name)
		if tool == "" || slices.ContainsFunc(found, func(m Migrates) bool { return m.Tool == tool }) {
			continue
		}
		found = append(found, Migrates{tool, name})
	}
	found = slices.DeleteFunc(found, func(m Migrates) bool {
		return slices.ContainsFunc(found, func(other Migrates) bool {
			return other.Tool != m.Tool && strings.HasPrefix(m.Tool, other.Tool+",")
		})
	})
	slices.SortStableFunc(found, func(a, b Migrates) int { return strings.Compare(a.Tool, b.Tool) })
	return found
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// toolTables are the tables in which other tools keep what they have run. Such a
// tool creates and changes its tables itself.
var toolTables = map[schema.Name]string{
	"_prisma_migrations":         "Prisma",
	"flyway_schema_history":      "Flyway",
	"databasechangelog":          "Liquibase",
	"databasechangeloglock":      "Liquibase",
	"atlas_schema_revisions":     "Atlas",
	"schema_migrations":          "Rails, dbmate or golang-migrate",
	"ar_internal_metadata":       "Rails",
	"alembic_version":            "Alembic",
	"django_migrations":          "Django",
	"__diesel_schema_migrations": "Diesel",
	"_sqlx_migrations":           "SQLx",
	"refinery_schema_history":    "Refinery",
	"goose_db_version":           "Goose",
	"__EFMigrationsHistory":      "Entity Framework",
	"__drizzle_migrations":       "Drizzle",
	"SequelizeMeta":              "Sequelize",
	"knex_migrations":            "Knex",
	"knex_migrations_lock":       "Knex",
	"kysely_migration":           "Kysely",
	"kysely_migration_lock":      "Kysely",
}

// toolSchemas are schemas that a tool has for itself.
var toolSchemas = map[schema.Name]string{
	"atlas_schema_revisions": "Atlas",
	"pgroll":                 "pgroll",
	"graphile_migrate":       "Graphile Migrate",
}

// ownerTool is the tool that a table belongs to, or empty.
func ownerTool(table schema.QualifiedName) string {
	if tool := toolSchemas[table.Schema]; tool != "" {
		return tool
	}
	return toolTables[table.Name]
}

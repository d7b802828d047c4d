// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package migrator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/migrator"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"public.flyway_schema_history":    "Flyway",
		`app."__EFMigrationsHistory"`:     "Entity Framework",
		"app.__efmigrationshistory":       "",
		"public.users":                    "",
		"graphile_migrate.migrations":     "Graphile Migrate",
		"public.flyway_schema_history_v2": "",
	} {
		name, err := schema.ParseQualifiedName(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := migrator.Of(name); got != want {
			t.Errorf("%s belongs to %q, want %q", text, got, want)
		}
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	public := func(names ...schema.Name) []schema.QualifiedName {
		list := make([]schema.QualifiedName, len(names))
		for i, n := range names {
			list[i] = schema.QualifiedName{Schema: "public", Name: n}
		}
		return list
	}
	for name, test := range map[string]struct {
		tables []schema.QualifiedName
		want   []string
	}{
		"none":               {public("users"), nil},
		"one of two tables":  {public("users", "databasechangeloglock", "databasechangelog"), []string{"Liquibase: public.databasechangelog"}},
		"which one is known": {public("schema_migrations", "ar_internal_metadata"), []string{"Rails: public.ar_internal_metadata"}},
		"which one is not":   {public("schema_migrations"), []string{"Rails, dbmate or golang-migrate: public.schema_migrations"}},
		"two tools":          {public("flyway_schema_history", "_prisma_migrations"), []string{"Flyway: public.flyway_schema_history", "Prisma: public._prisma_migrations"}},
	} {
		var got []string
		for _, m := range migrator.In(test.tables) {
			got = append(got, m.Tool+": "+m.Records.String())
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

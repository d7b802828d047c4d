// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestStatementsOfIndexes(t *testing.T) {
	t.Parallel()
	first := true
	table := schema.QualifiedName{Schema: "public", Name: "Orders"}
	name := schema.QualifiedName{Schema: "public", Name: "I"}
	index := schema.Index{
		Name: name, Table: table, Method: "gist", Unique: true, NullsNotDistinct: true,
		Keys: []schema.IndexKey{
			{Column: "order"},
			{
				Expression: &schema.Expression{Text: "a||b", Canonical: "a || b"}, Descending: true, NullsFirst: &first,
				Collation:            schema.QualifiedName{Schema: "pg_catalog", Name: "C"},
				OperatorClass:        schema.QualifiedName{Schema: "public", Name: "gist_trgm_ops"},
				OperatorClassOptions: map[string]string{"siglen": "32"},
			},
		},
		Include: []schema.Name{"x", "Y"}, Options: map[string]string{"fillfactor": "70", "buffering": "auto"}, Tablespace: "fast",
		Where: &schema.Expression{Text: "x > 0"},
	}
	const rest = ` USING gist ("order", (a || b) COLLATE pg_catalog."C" public.gist_trgm_ops (siglen = '32') DESC NULLS FIRST) INCLUDE (x, "Y") ` +
		`NULLS NOT DISTINCT WITH (buffering = 'auto', fillfactor = '70') TABLESPACE fast WHERE x > 0`
	for want, got := range map[string]string{
		`CREATE UNIQUE INDEX CONCURRENTLY "I" ON public."Orders"` + rest:              ddl.CreateIndexConcurrently(index),
		`CREATE UNIQUE INDEX "I" ON ONLY public."Orders"` + rest:                      ddl.CreateIndexOnly(index),
		`DROP INDEX CONCURRENTLY public."I"`:                                          ddl.DropIndexConcurrently(name),
		`DROP INDEX public."I"`:                                                       ddl.DropIndex(name),
		`ALTER INDEX public."I" RENAME TO j`:                                          ddl.RenameIndex(name, "j"),
		`ALTER INDEX public."I" SET (fillfactor = '70')`:                              ddl.SetIndexOptions(name, map[string]string{"fillfactor": "70"}),
		`ALTER INDEX public."I" RESET (a, fillfactor)`:                                ddl.ResetIndexOptions(name, []string{"a", "fillfactor"}),
		`REINDEX (TABLESPACE fast) INDEX CONCURRENTLY public."I"`:                     ddl.ReindexTablespace(name, "fast"),
		`ALTER INDEX public."I" ATTACH PARTITION public.part`:                         ddl.AttachIndex(name, schema.QualifiedName{Schema: "public", Name: "part"}),
		`COMMENT ON INDEX public."I" IS E'a\\b''c'`:                                   ddl.CommentOnIndex(name, `a\b'c`),
		`COMMENT ON INDEX public."I" IS NULL`:                                         ddl.CommentOnIndex(name, ""),
		`ALTER TABLE public."Orders" CLUSTER ON "I"`:                                  ddl.ClusterOn(table, "I"),
		`ANALYZE public."Orders"`:                                                     ddl.Analyze(table),
		`ANALYZE public."Orders" (a, "B")`:                                            ddl.Analyze(table, "a", "B"),
		`ALTER TABLE public."Orders" ALTER COLUMN a TYPE text COLLATE pg_catalog."C"`: ddl.AlterType(table, collated),
		`ALTER TABLE public."Orders" DROP CONSTRAINT k, ALTER COLUMN a TYPE text COLLATE pg_catalog."C", ADD CONSTRAINT k CHECK (a <> '') NOT VALID`: ddl.AlterTypeWithChecks(
			table, collated, []schema.Check{{Name: "k", Expression: schema.Expression{Text: "a <> ''"}}}),
	} {
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
	if method := ddl.IndexMethod(schema.Index{}); method != "btree" {
		t.Errorf("the default access method is %s", method)
	}
}

var collated = schema.Column{Name: "a", Type: schema.Type{Text: "text"}, Collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"}}

func TestStatementsOfKeys(t *testing.T) {
	t.Parallel()
	table := schema.QualifiedName{Schema: "public", Name: "t"}
	key := schema.Key{
		Name: "K", Columns: []schema.Name{"a", "order"}, Include: []schema.Name{"b"}, NullsNotDistinct: true,
		Deferral: schema.Deferral{Deferrable: true, InitiallyDeferred: true},
		Options:  map[string]string{"fillfactor": "80"}, Tablespace: "fast",
	}
	const clause = `CONSTRAINT "K" UNIQUE NULLS NOT DISTINCT (a, "order") INCLUDE (b) WITH (fillfactor = '80') USING INDEX TABLESPACE fast DEFERRABLE INITIALLY DEFERRED`
	using := ddl.KeyUsingIndex(schema.Key{Name: "K", Deferral: schema.Deferral{Deferrable: true}}, ddl.PrimaryKey, "i")
	for want, got := range map[string]string{
		clause: ddl.KeyConstraint(key, ddl.Unique),
		`ALTER TABLE ONLY public.t ADD ` + clause:                                                           ddl.AddKeyOnly(table, key, ddl.Unique),
		`CONSTRAINT p PRIMARY KEY (a)`:                                                                      ddl.KeyConstraint(schema.Key{Name: "p", Columns: []schema.Name{"a"}}, ddl.PrimaryKey),
		`ALTER TABLE public.t ADD CONSTRAINT "K" PRIMARY KEY USING INDEX i DEFERRABLE`:                      ddl.AddKey(table, using),
		`ALTER TABLE public.t DROP CONSTRAINT old, ADD CONSTRAINT "K" PRIMARY KEY USING INDEX i DEFERRABLE`: ddl.ReplaceKey(table, "old", using),
	} {
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

func TestStatementsOfForeignKeys(t *testing.T) {
	t.Parallel()
	table := schema.QualifiedName{Schema: "public", Name: "t"}
	fk := schema.ForeignKey{
		Table: table, Name: "f", Columns: []schema.Name{"a", "B"},
		References: schema.QualifiedName{Schema: "other", Name: "user"}, ReferencedColumns: []schema.Name{"x", "y"},
		MatchFull: true, OnDelete: schema.SetNull, OnDeleteColumns: []schema.Name{"B"}, OnUpdate: schema.Cascade,
		Deferral: schema.Deferral{Deferrable: true},
	}
	const add = `ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY (a, "B") REFERENCES other."user" (x, y) MATCH FULL ` +
		`ON DELETE SET NULL ("B") ON UPDATE CASCADE DEFERRABLE`
	for want, got := range map[string]string{
		add:                ddl.AddForeignKey(fk),
		add + " NOT VALID": ddl.AddForeignKeyNotValid(fk),
		`ALTER TABLE public.t ALTER CONSTRAINT f NOT DEFERRABLE`:                 ddl.AlterForeignKeyDeferral(table, "f", schema.Deferral{}),
		`ALTER TABLE public.t ALTER CONSTRAINT f DEFERRABLE INITIALLY IMMEDIATE`: ddl.AlterForeignKeyDeferral(table, "f", schema.Deferral{Deferrable: true}),
		`ALTER TABLE public.t ALTER CONSTRAINT f DEFERRABLE INITIALLY DEFERRED`:  ddl.AlterForeignKeyDeferral(table, "f", schema.Deferral{Deferrable: true, InitiallyDeferred: true}),
	} {
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

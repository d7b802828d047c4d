// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// A schema, an enum, a sequence and the table that needs all three, from nothing
// in one run; then changed, imported and destroyed.
func TestAccNeighboursLifecycle(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		l := newLifecycle(t, server)
		l.run(t, neighbourLifecycle)
		l.mustPlanNothing("-refresh=false")
		l.mustShowNoDrift()
		last := neighbourLifecycle[len(neighbourLifecycle)-1].hcl
		l.reimport(t, last, map[string]string{
			"pgphase_schema.app": `"My app"`, "pgphase_enum.mood": `"My app".mood`, "pgphase_enum.empty": "public.empty",
			"pgphase_sequence.numbers": `"My app"."Order numbers"`, "pgphase_sequence.down": "public.down",
			"pgphase_table.people": `"My app".people`,
		})
		output, code := l.cli.run("destroy", "-auto-approve", "-no-color", "-input=false")
		if code != 0 || !strings.Contains(output, "Destroy complete! Resources: 6 destroyed") {
			t.Errorf("not all went in one run: exit code %d\n%s", code, output)
		}
		l.twin.Exec(t, `DROP SCHEMA "My app" CASCADE; DROP TYPE empty; DROP SEQUENCE down`)
		l.compare(t, "destroy")
	})
}

var neighbourLifecycle = []lifecycleStep{{
	title: "from nothing",
	hcl: `
resource "pgphase_schema" "app" {
  name                = "My app"
  comment             = "it's ours"
  deletion_protection = false
}
resource "pgphase_enum" "mood" {
  schema              = pgphase_schema.app.name
  name                = "mood"
  values              = ["sad", "o'k"]
  comment             = "how people feel"
  deletion_protection = false
}
resource "pgphase_enum" "empty" {
  name                = "empty"
  values              = []
  deletion_protection = false
}
resource "pgphase_sequence" "numbers" {
  schema              = pgphase_schema.app.name
  name                = "Order numbers"
  start               = 1000
  min_value           = 1 # the default
  cache               = 5
  comment             = "for invoices"
  deletion_protection = false
}
resource "pgphase_sequence" "down" {
  name                = "down"
  type                = "integer"
  increment           = -2
  max_value           = 100
  deletion_protection = false
}
resource "pgphase_table" "people" {
  schema = pgphase_schema.app.name
  name   = "people"
  columns = {
    number = { type = "bigint", nullable = false, default = "nextval('${pgphase_sequence.numbers.id}')" }
    mood   = { type = pgphase_enum.mood.id, nullable = false, default = "'sad'" }
    moods  = { type = "${pgphase_enum.mood.id}[]" }
    flag   = { type = "boolean" }
  }
  checks = {
    people_mood_check = { expression = "mood > 'sad' OR moods @> ARRAY['sad'::${pgphase_enum.mood.id}]" }
  }
  primary_key         = { columns = ["number"] }
  deletion_protection = false
}
resource "pgphase_index" "moody" {
  table = pgphase_table.people.id
  name  = "people_moody"
  keys  = [{ column = "number" }]
  where = "mood = 'sad'"
}`,
	sql: `
CREATE SCHEMA "My app"; COMMENT ON SCHEMA "My app" IS 'it''s ours';
CREATE TYPE "My app".mood AS ENUM ('sad', 'o''k'); COMMENT ON TYPE "My app".mood IS 'how people feel';
CREATE TYPE empty AS ENUM ();
CREATE SEQUENCE "My app"."Order numbers" START 1000 CACHE 5; COMMENT ON SEQUENCE "My app"."Order numbers" IS 'for invoices';
CREATE SEQUENCE down AS integer INCREMENT -2 MAXVALUE 100;
CREATE TABLE "My app".people (
  number bigint DEFAULT nextval('"My app"."Order numbers"') NOT NULL, mood "My app".mood DEFAULT 'sad' NOT NULL, flag boolean, moods "My app".mood[],
  CONSTRAINT people_pkey PRIMARY KEY (number),
  CONSTRAINT people_mood_check CHECK (mood > 'sad' OR moods @> ARRAY['sad'::"My app".mood])
);
CREATE INDEX people_moody ON "My app".people (number) WHERE mood = 'sad';`,
}, {
	title: "change in place",
	hcl: `
resource "pgphase_schema" "app" {
  name                = "My app"
  deletion_protection = false
}
resource "pgphase_enum" "mood" {
  schema              = pgphase_schema.app.name
  name                = "mood"
  values              = ["worst", "sad", "so", "so so", "o'k", "", "best"]
  comment             = "how they feel"
  deletion_protection = false
}
resource "pgphase_enum" "empty" {
  name                = "empty"
  values              = ["a", "b"]
  comment             = "not any more"
  deletion_protection = false
}
resource "pgphase_sequence" "numbers" {
  schema              = pgphase_schema.app.name
  name                = "Order numbers"
  type                = "integer"
  increment           = 10
  cycle               = true
  max_value           = 500000
  deletion_protection = false
}
resource "pgphase_sequence" "down" {
  name                = "down"
  type                = "bigint"
  increment           = -1
  max_value           = 200
  min_value           = -1000
  comment             = "counts down"
  deletion_protection = false
}
resource "pgphase_table" "people" {
  schema = pgphase_schema.app.name
  name   = "people"
  columns = {
    number = { type = "bigint", nullable = false, default = "nextval('${pgphase_sequence.numbers.id}')" }
    mood   = { type = pgphase_enum.mood.id, nullable = false, default = "'best'" }
    moods  = { type = "${pgphase_enum.mood.id}[]" }
    flag   = { type = "boolean" }
  }
  primary_key         = { columns = ["number"] }
  deletion_protection = false
}`,
	sql: `
BEGIN;
COMMENT ON SCHEMA "My app" IS NULL;
ALTER TYPE "My app".mood ADD VALUE 'worst' BEFORE 'sad';
ALTER TYPE "My app".mood ADD VALUE 'so' AFTER 'sad';
ALTER TYPE "My app".mood ADD VALUE 'so so' AFTER 'so';
ALTER TYPE "My app".mood ADD VALUE '' AFTER 'o''k';
ALTER TYPE "My app".mood ADD VALUE 'best';
COMMENT ON TYPE "My app".mood IS 'how they feel';
ALTER TYPE empty ADD VALUE 'a'; ALTER TYPE empty ADD VALUE 'b';
COMMENT ON TYPE empty IS 'not any more';
ALTER SEQUENCE "My app"."Order numbers" AS integer INCREMENT 10 MAXVALUE 500000 CYCLE START 1 CACHE 1; COMMENT ON SEQUENCE "My app"."Order numbers" IS NULL;
ALTER SEQUENCE down AS bigint INCREMENT -1 MAXVALUE 200 MINVALUE -1000 START 200; COMMENT ON SEQUENCE down IS 'counts down';
COMMIT; -- before that, no new value can be used
ALTER TABLE "My app".people DROP CONSTRAINT people_mood_check, ALTER mood SET DEFAULT 'best';
DROP INDEX "My app".people_moody;`,
}}

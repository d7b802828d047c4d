// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

const savedBefore = `
resource "pgphase_table" "users" {
  name                = "users"
  columns             = { id = { type = "bigint" }, email = { type = "text", default = "''" } }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
}
resource "pgphase_index" "email" {
  table = pgphase_table.users.id
  name  = "users_email_idx"
  keys  = [{ column = "email" }]
}
`

// A plan is reviewed, and then somebody changes the database by hand. What was
// not reviewed does not run, and the error says what has changed.
func TestAccSavedPlan(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	withColumn := strings.Replace(savedBefore, `default = "''" }`, `default = "'x'" }, age = { type = "int", nullable = false, backfill = "0" }`, 1)
	redefined := strings.Replace(savedBefore, `{ column = "email" }`, `{ expression = "lower(email)" }`, 1)
	for name, test := range map[string]struct {
		// first says that even the table is new.
		first         bool
		planned       string
		args          []string
		byHand        string
		texts         []string
		notConsidered bool // runs all the same
	}{
		"untouched":          {planned: withColumn, notConsidered: true},
		"irrelevant":         {planned: withColumn, byHand: "ALTER TABLE users ADD other int", notConsidered: true},
		"column added":       {planned: withColumn, byHand: "ALTER TABLE users ADD age int NOT NULL DEFAULT 3", texts: []string{"public.users changed since the plan", "column age is new", "Nothing was run"}},
		"default changed":    {planned: withColumn, byHand: "ALTER TABLE users ALTER email SET DEFAULT 'x'", texts: []string{"public.users changed since the plan", "Nothing was run", "column email: default was ''::text, is 'x'::text"}},
		"type changed":       {planned: withColumn, byHand: "ALTER TABLE users ALTER email TYPE varchar(90)", texts: []string{"public.users changed since the plan", "column email: type was text, is character varying(90)"}},
		"table gone":         {planned: withColumn, byHand: "DROP TABLE users", texts: []string{"Table public.users is gone"}},
		"index redefined":    {planned: redefined, byHand: "DROP INDEX users_email_idx; CREATE INDEX users_email_idx ON users (lower(email))", texts: []string{"public.users_email_idx changed since the plan", "index users_email_idx"}},
		"index gone":         {planned: redefined, byHand: "DROP INDEX users_email_idx", texts: []string{"public.users_email_idx"}},
		"view on the table":  {planned: savedBefore, args: []string{"-destroy"}, byHand: "CREATE VIEW v AS SELECT id FROM users", texts: []string{"Cannot drop table public.users", "view public.v"}},
		"destroyed by hand":  {planned: savedBefore, args: []string{"-destroy"}, byHand: "DROP TABLE users", notConsidered: true},
		"table made by hand": {first: true, planned: savedBefore, byHand: "CREATE TABLE users (id int)", texts: []string{"public.users"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.Shared(t, pgtest.Newest()).Database(t)
			c := newCLI(t, db)
			if !test.first {
				c.write(savedBefore)
				c.mustApply()
				db.Exec(t, "INSERT INTO users SELECT n, 'user' || n FROM generate_series(1, 20) n")
			}
			c.write(test.planned)
			if output, code := c.plan(append(test.args, "-out=saved")...); code != 2 {
				t.Fatalf("plan: exit code %d\n%s", code, output)
			}
			if test.byHand != "" {
				db.Exec(t, test.byHand)
			}
			dump := pgtest.PgDump(t, db)
			messages := c.messages("apply", "saved")
			if test.notConsidered {
				wantErrors(t, messages, nil)
				return
			}
			wantErrors(t, messages, [][]string{test.texts})
			// A destroy drops the index before it comes to the table.
			if now := pgtest.PgDump(t, db); now != dump && test.args == nil {
				t.Errorf("changed from\n%s\nto\n%s", dump, now)
			}
		})
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// A constraint that is declared not valid stays so, until the declaration goes:
// then it is proven.
func TestAccNotValid(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		newLifecycle(t, server).run(t, []lifecycleStep{{
			title: "a table without",
			hcl: `
resource "pgphase_table" "t" {
  name        = "t"
  columns     = { id = { type = "int" }, other = { type = "int" } }
  primary_key = { columns = ["id"] }
}`,
			sql: `CREATE TABLE t (id int PRIMARY KEY, other int)`,
		}, {
			title:  "added not valid, over rows that violate them",
			before: `INSERT INTO t SELECT n, n + 1 FROM generate_series(1, 5) n`,
			hcl: `
resource "pgphase_table" "t" {
  name        = "t"
  columns     = { id = { type = "int" }, other = { type = "int" } }
  primary_key = { columns = ["id"] }
  checks      = { c = { expression = "other > 3", not_valid = true } }
}
resource "pgphase_foreign_key" "f" {
  table      = pgphase_table.t.id
  name       = "f"
  columns    = ["other"]
  references = { table = pgphase_table.t.id, columns = ["id"] }
  not_valid  = true
}`,
			sql: `ALTER TABLE t ADD CONSTRAINT c CHECK (other > 3) NOT VALID, ADD CONSTRAINT f FOREIGN KEY (other) REFERENCES t NOT VALID`,
		}, {
			title:  "proven",
			before: `DELETE FROM t WHERE other <= 3; INSERT INTO t VALUES (6, 6)`,
			hcl: `
resource "pgphase_table" "t" {
  name        = "t"
  columns     = { id = { type = "int" }, other = { type = "int" } }
  primary_key = { columns = ["id"] }
  checks      = { c = { expression = "other > 3" } }
}
resource "pgphase_foreign_key" "f" {
  table      = pgphase_table.t.id
  name       = "f"
  columns    = ["other"]
  references = { table = pgphase_table.t.id, columns = ["id"] }
}`,
			sql: `ALTER TABLE t VALIDATE CONSTRAINT c, VALIDATE CONSTRAINT f`,
		}})
	})
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"
)

// tablesPerFile keeps the files of a configuration at a size that people have.
const tablesPerFile = 20

// file is one of a configuration.
type file struct{ name, content string }

// columns are those of every table, as HCL: the types and options that tables
// of applications have.
const columns = `{
    id          = { type = "bigint", identity = "always" }
    account_id  = { type = "bigint", nullable = false }
    email       = { type = "varchar(200)", nullable = false }
    full_name   = { type = "text" }
    status      = { type = "text", nullable = false, default = "'new'" }
    amount      = { type = "numeric(12,2)", nullable = false, default = "0" }
    quantity    = { type = "int", nullable = false, default = "1" }
    active      = { type = "bool", nullable = false, default = "true" }
    properties  = { type = "jsonb" }
    external_id = { type = "uuid", comment = "the id that the partner uses" }
    created_at  = { type = "timestamptz", nullable = false, default = "now()" }
    updated_at  = { type = "timestamptz" }
  }`

// pgphaseConfiguration declares tables with two indexes each.
func pgphaseConfiguration(tables int, url string) []file {
	return tablesConfiguration(tables, fmt.Sprintf("  url = %q\n", url), "")
}

// changedConfiguration gives each of the tables a check: statements that are
// instant, and one that reads the table, with a warning.
func changedConfiguration(tables int, url string, live bool) []file {
	settings := fmt.Sprintf("  url         = %q\n  data_checks = false\n  live_checks = %t\n  hazards     = { check_add_fails_on_rows = \"warning\" }\n", url, live)
	return tablesConfiguration(tables, settings, "  checks      = { %[1]s_check = { expression = \"quantity > 0\" } }\n")
}

// tablesConfiguration writes settings into the provider block, and more into each
// table, in which %[1]s stands for its name.
func tablesConfiguration(tables int, settings, more string) []file {
	head := fmt.Sprintf(`terraform {
  required_providers {
    pgphase = { source = "pgphase/pgphase" }
  }
}

provider "pgphase" {
%s}
`, settings)
	return configuration(head, tables, func(w *strings.Builder, name string) {
		fmt.Fprintf(w, `
resource "pgphase_table" "%[1]s" {
  name    = "%[1]s"
  columns = %[2]s
  primary_key = { columns = ["id"] }
%[3]s}

resource "pgphase_index" "%[1]s_account" {
  table = pgphase_table.%[1]s.id
  name  = "%[1]s_account_idx"
  keys  = [{ column = "account_id" }, { column = "created_at", order = "desc" }]
}

resource "pgphase_index" "%[1]s_email" {
  table = pgphase_table.%[1]s.id
  name  = "%[1]s_email_idx"
  keys  = [{ expression = "lower(email)" }]
  where = "active"
}
`, name, columns, strings.ReplaceAll(more, "%[1]s", name))
	})
}

// twinConfiguration holds the same values in terraform_data. That keeps them
// twice, with their types, so that without the attributes that have no value
// its state is still the larger one.
func twinConfiguration(tables int) []file {
	return configuration("", tables, func(w *strings.Builder, name string) {
		fmt.Fprintf(w, `
resource "terraform_data" "%[1]s" {
  input = {
    name        = "%[1]s"
    columns     = %[2]s
    primary_key = { columns = ["id"] }
  }
}

resource "terraform_data" "%[1]s_account" {
  input = {
    table = terraform_data.%[1]s.id
    name  = "%[1]s_account_idx"
    keys  = [{ column = "account_id" }, { column = "created_at", order = "desc" }]
  }
}

resource "terraform_data" "%[1]s_email" {
  input = {
    table = terraform_data.%[1]s.id
    name  = "%[1]s_email_idx"
    keys  = [{ expression = "lower(email)" }]
    where = "active"
  }
}
`, name, columns)
	})
}

func configuration(head string, tables int, write func(w *strings.Builder, name string)) []file {
	files := []file{{"main.tf", head}}
	for first := 0; first < tables; first += tablesPerFile {
		var content strings.Builder
		for i := first; i < min(first+tablesPerFile, tables); i++ {
			write(&content, fmt.Sprintf("table_%04d", i))
		}
		files = append(files, file{fmt.Sprintf("tables_%04d.tf", first), content.String()})
	}
	return files
}

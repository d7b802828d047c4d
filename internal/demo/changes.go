// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	_ "embed"
	"fmt"
	"strings"
)

// shop is the configuration that the demonstration begins with.
//
//go:embed shop/shop.tf
var shop string

// change is one step of the story: an edit of the configuration.
type change struct {
	title string
	story string
	// old is a text of the configuration that is there once; it becomes new.
	old, new string
}

// changes are those that stop an application when they are done with the
// statement that first comes to mind.
var changes = []change{
	{
		title: "Add a NOT NULL column",
		story: "New orders get the default, the rows that are there get a currency that depends on their country. " +
			"An UPDATE of the whole table would lock every row at once, and SET NOT NULL would read the table while nobody else can.",
		old: `    country   = { type = "text", nullable = false }
`,
		new: `    country   = { type = "text", nullable = false }
    currency = {
      type     = "text"
      nullable = false
      default  = "'EUR'"
      backfill = "CASE country WHEN 'US' THEN 'USD' WHEN 'GB' THEN 'GBP' ELSE 'EUR' END"
    }
`,
	},
	{
		title: "Add a check",
		story: "ADD CONSTRAINT reads the whole table while nobody else can.",
		old: `  primary_key = { columns = ["order_id", "position"] }
`,
		new: `  primary_key = { columns = ["order_id", "position"] }
  checks      = { order_items_quantity_check = { expression = "quantity > 0" } }
`,
	},
	{
		title: "Add a foreign key",
		story: "ADD FOREIGN KEY stops writes to both tables while it looks up every row.",
		old: `resource "pgphase_index" "orders_user" {
`,
		new: `resource "pgphase_foreign_key" "order_items_product" {
  table      = pgphase_table.order_items.id
  name       = "order_items_product_fkey"
  columns    = ["product_id"]
  references = { table = pgphase_table.products.id, columns = ["id"] }
}

resource "pgphase_index" "orders_user" {
`,
	},
	{
		title: "Replace an index",
		story: "A user's latest orders first. DROP INDEX and CREATE INDEX would leave queries without an index in between, and writes waiting for it.",
		old: `  keys  = [{ column = "user_id" }]
`,
		new: `  keys  = [{ column = "user_id" }, { column = "placed_at", order = "desc" }]
`,
	},
	{
		title: "Widen a type",
		story: "Longer email addresses. This one needs no rewrite, and yet the ALTER TABLE would queue behind the first long transaction, " +
			"and everybody else behind it.",
		old: `type = "varchar(40)"`,
		new: `type = "varchar(200)"`,
	},
}

// edit returns the configuration after the change.
func (c change) edit(configuration string) (string, error) {
	if strings.Count(configuration, c.old) != 1 {
		return "", fmt.Errorf("%s: %q is not exactly once in the configuration", c.title, c.old)
	}
	return strings.Replace(configuration, c.old, c.new, 1), nil
}

// lineDifference shows what changed between two texts that differ in one
// place, as whole lines.
func lineDifference(before, after string) string {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	var text strings.Builder
	for _, line := range a {
		text.WriteString("- " + line)
	}
	for _, line := range b {
		text.WriteString("+ " + line)
	}
	return text.String()
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// orderStates are the types of the recipe, and the table whose column goes from
// one to the other.
func orderStates(types, column, phase string) string {
	return types + fmt.Sprintf(`
resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id    = { type = "bigint", identity = "always" }
    state = %s
  }
  primary_key = { columns = ["id"] }
  %s
}
resource "pgphase_index" "orders_state" {
  table = pgphase_table.orders.id
  name  = "orders_state_idx"
  keys  = [{ column = "state" }]
}
`, column, phase)
}

func orderState(label, name, values string) string {
	return fmt.Sprintf("resource \"pgphase_enum\" %q {\n  name = %q\n  values = [%s]\n  deletion_protection = false\n}\n", label, name, values)
}

// An enum loses a value, or has one renamed, as the guide Phases says: the new
// value beside the old one first, then a second type. Code that says the old
// value can write until migrate.
func TestAccPhasesOfAnEnumValue(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		const before = `"new", "ok", "sent"`
		first := orderState("state", "order_state", `"new", "ok", "paid", "sent"`)
		second := orderState("state_v2", "order_state_v2", `"new", "paid", "sent"`)
		const old = `{ type = pgphase_enum.state.id, nullable = false, default = "'new'" }`
		p.reach("create", orderStates(orderState("state", "order_state", before), old, ""))
		p.db.Exec(t, "INSERT INTO orders (state) VALUES ('new'), ('ok'), ('sent')")

		// The value cannot go, nor change its name.
		p.refused("rename", orderStates(orderState("state", "order_state", `"new", "paid", "sent"`), old, ""),
			`public.order_state has values that are not declared: "ok"`, `Keep "ok" and add "paid" beside it`, "Hazard: enum_value_rename_breaks_clients")
		p.refused("remove", orderStates(orderState("state", "order_state", `"new", "sent"`), old, ""), "with the values that remain")

		p.reach("add beside", orderStates(first, old, ""))
		p.db.Exec(t, "INSERT INTO orders (state) VALUES ('paid')")

		const retyped = `{
      type     = pgphase_enum.state_v2.id
      nullable = false
      default  = "'new'"
      up       = "(CASE state::text WHEN 'ok' THEN 'paid' ELSE state::text END)::${pgphase_enum.state_v2.id}"
      down     = "state::text::${pgphase_enum.state.id}"
    }`
		both := first + second
		const retained = "column public.orders.pgphase_public_orders_state_retired_a1105c16"
		p.reach("expand", orderStates(both, retyped, `phase = "expand"`))
		p.db.Exec(t, "INSERT INTO orders (state) VALUES ('ok')") // code of before
		p.refused("the old type is in use", orderStates(second, strings.ReplaceAll(retyped, "${pgphase_enum.state.id}", "public.order_state"), `phase = "expand"`),
			"Cannot drop type public.order_state: it is used", "column state of table public.orders")
		p.reach("migrate", orderStates(both, retyped, `phase = "migrate"`), retained)
		p.reach("contract", orderStates(both, retyped, `phase = "contract"`))
		p.rows("contracted", "orders", `{"id": 1, "state": "new"}`, `{"id": 2, "state": "paid"}`, `{"id": 3, "state": "sent"}`, `{"id": 4, "state": "paid"}`, `{"id": 5, "state": "paid"}`)
		// The old type goes in an apply of its own.
		p.reach("drop the old type", orderStates(second, `{ type = pgphase_enum.state_v2.id, nullable = false, default = "'new'" }`, ""))
		p.ended("the end", `
CREATE TYPE order_state_v2 AS ENUM ('new', 'paid', 'sent');
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state order_state_v2 DEFAULT 'new' NOT NULL);
CREATE INDEX orders_state_idx ON orders (state);`)
	})
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

const partitionedEvents = `
resource "pgphase_table" "events" {
  name    = "events"
  columns = {
    id   = { type = "bigint" }
    at   = { type = "timestamptz", nullable = false, default = "now()" }
    kind = { type = "text", default = "'x'" }
  }
  checks       = { events_kind = { expression = "kind <> ''" } }
  partition_by = { strategy = "range", keys = [{ column = "at" }] }
  primary_key  = { columns = ["id", "at", "kind"] }
  deletion_protection = false
}

resource "pgphase_index" "kind" {
  table = pgphase_table.events.id
  name  = "events_kind_idx"
  keys  = [{ column = "kind" }]
}

resource "pgphase_table" "month" {
  for_each = { "01" = "02", "02" = "03", "03" = "04" }
  name     = "events_2026_${each.key}"
  partition_of = {
    table = pgphase_table.events.id
    bound = "for values from ('2026-${each.key}-01 UTC') to ('2026-${each.value}-01T00:00:00Z')"
  }
  options = { fillfactor = 80 }
  deletion_protection = false
}

resource "pgphase_table" "rest" {
  name         = "events_rest"
  partition_of = { table = pgphase_table.events.id, bound = "DEFAULT" }
  partition_by = { strategy = "list", keys = [{ column = "kind" }] }
  deletion_protection = false
}

resource "pgphase_table" "rest_a" {
  name         = "events_rest_a"
  partition_of = { table = pgphase_table.rest.id, bound = "FOR VALUES IN ('a')" }
  checks       = { own = { expression = "id > 0" } }
  deletion_protection = false
}

resource "pgphase_index" "own" {
  table = pgphase_table.rest_a.id
  name  = "events_rest_a_id"
  keys  = [{ column = "id" }]
}
`

// A partitioned table, its partitions in two levels and the indexes of both come
// into being in one apply, whatever the order; columns come from above, and go
// on being no matter of the partitions.
func TestAccPartitions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		c := newCLI(t, db)
		c.write(partitionedEvents)
		c.mustApply()
		c.mustPlanNothing()
		db.Exec(t, `INSERT INTO events (id, at, kind) VALUES (1, '2026-01-05', 'a'), (2, '2026-03-05', 'b'), (3, '2027-01-01', 'a')`)
		if got := number(t, db, "SELECT count(*) FROM pg_index i WHERE i.indrelid IN (SELECT relid FROM pg_partition_tree('events')) AND indisvalid"); got != 13 {
			t.Errorf("%d valid indexes on 6 tables, with one of its own", got)
		}

		// A column of the whole is one of each part.
		c.write(strings.Replace(partitionedEvents, `kind = { type = "text", default = "'x'" }`, `kind = { type = "text", default = "'y'" }, more = { type = "int", nullable = false, default = "7" }`, 1))
		output, code := c.plan()
		if code != 2 || !strings.Contains(output, "Plan: 0 to add, 1 to change, 0 to destroy.") {
			t.Errorf("exit code %d\n%s", code, output)
		}
		c.mustApply()
		c.mustPlanNothing()

		// Everything goes again, each partition on its own.
		c.write("")
		c.mustApply()
		if got := number(t, db, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"); got != 0 {
			t.Errorf("%d relations are left", got)
		}
	})
}

const ordersConfig = `
resource "pgphase_table" "orders" {
  name         = "orders"
  columns      = { id = { type = "bigint", nullable = false }, at = { type = "date" } }
  partition_by = { strategy = "range", keys = [{ column = "at" }] }
}

resource "pgphase_index" "at" {
  table = pgphase_table.orders.id
  name  = "orders_at_idx"
  keys  = [{ column = "at" }]
}

resource "pgphase_table" "old" {
  name = "orders_old"
  %s
  deletion_protection = false
}
`

// A table with rows becomes a partition, without a scan under a strong lock; what
// somebody else does to it is drift; and it becomes a table again.
func TestAccPartitionAttached(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE orders_old (id bigint NOT NULL, at date); INSERT INTO orders_old SELECT i, '2024-05-05' FROM generate_series(1, 1000) AS i;
			CREATE TABLE orders_default (id bigint NOT NULL, at date)`)
		c := newCLI(t, db)
		alone := fmt.Sprintf(ordersConfig, `columns = { id = { type = "bigint", nullable = false }, at = { type = "date" } }`)
		attached := func(bound string) string {
			return fmt.Sprintf(ordersConfig, `partition_of = { table = pgphase_table.orders.id, bound = "`+bound+`" }`)
		}
		refused := func(hcl string, texts ...string) {
			t.Helper()
			c.write(hcl)
			output, code := c.plan()
			for _, text := range texts {
				if code != 1 || !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(output, "│", " ")), " "), text) {
					t.Errorf("exit code %d, without %q:\n%s", code, text, output)
				}
			}
		}
		imported := `
import {
  to = pgphase_table.old
  id = "orders_old"
}
`
		c.write(alone + strings.Replace(imported, "orders_old", "public.orders_old", 1))
		c.mustApply()
		c.mustPlanNothing()

		refused(attached("FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"), "Cannot attach public.orders_old to public.orders", "Found 1,000.")
		refused(attached("FOR VALUES FROM ('2025-01-01') TO ('2024-01-01')"), "PostgreSQL refuses the bound of partition public.orders_old", "Empty range bound specified")
		refused(attached("FOR VALUES FROM ('monday') TO ('2024-01-01')"), "PostgreSQL refuses", "monday")
		refused(attached("everything"), "The bound of partition public.orders_old is no bound")
		refused(strings.Replace(attached("DEFAULT"), "{ table = pgphase_table.orders.id", `{ table = "public.nowhere"`, 1), "Table public.nowhere does not exist")
		refused(strings.Replace(attached("DEFAULT"), "{ table = pgphase_table.orders.id", `{ table = "public.orders_default"`, 1), "Table public.orders_default is not partitioned")
		refused(strings.Replace(alone, `name = "orders_old"`, `name = "orders_old"`+"\n  partition_of = { table = pgphase_table.orders.id, bound = \"DEFAULT\" }", 1), "Partition public.orders_old declares columns")
		refused(fmt.Sprintf(ordersConfig, ""), "public.orders_old has no columns")

		c.write(attached("FOR VALUES FROM ('2024-01-01') TO (date '2024-12-31' + 1)"))
		output := c.mustApply()
		for _, text := range []string{"NOT VALID", "VALIDATE CONSTRAINT", "CREATE INDEX CONCURRENTLY", "ATTACH PARTITION public.orders_old FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"} {
			if !strings.Contains(output, text) {
				t.Errorf("the plan has no %q:\n%s", text, output)
			}
		}
		c.mustPlanNothing()
		c.write(attached("for values from ('January 1, 2024') to ('2025-01-01')"))
		c.mustPlanNothing()
		if got := number(t, db, "SELECT count(*) FROM orders WHERE at = '2024-05-05'"); got != 1000 {
			t.Errorf("the partitioned table has %d rows", got)
		}
		refused(attached("FOR VALUES FROM ('2024-01-01') TO ('2026-01-01')"), "Cannot change the bound of partition public.orders_old")

		// An import of a partition declares nothing that belongs to the whole.
		if output, code := c.run("state", "rm", "pgphase_table.old"); code != 0 {
			t.Fatal(output)
		}
		bound := "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')"
		c.write(attached(bound) + strings.Replace(imported, "orders_old", "public.orders_old", 1))
		c.mustApply()
		c.write(attached(bound))
		c.mustPlanNothing()

		// Detached by hand, it is attached again. What the server leaves then is its proof.
		db.Exec(t, "ALTER TABLE orders DETACH PARTITION orders_old")
		if output, code := c.plan(); code != 2 || !strings.Contains(output, "ATTACH PARTITION public.orders_old") {
			t.Errorf("exit code %d\n%s", code, output)
		}
		c.mustApply()
		c.mustPlanNothing()

		// Beside a default partition.
		db.Exec(t, "ALTER TABLE orders ATTACH PARTITION orders_default DEFAULT; INSERT INTO orders VALUES (1, '2030-01-01'), (2, NULL)")
		c.mustPlanNothing()
		c.write(alone)
		output = c.mustApply()
		if !strings.Contains(output, "DETACH PARTITION public.orders_old;") {
			t.Errorf("detached in another way:\n%s", output)
		}
		c.mustPlanNothing()
		c.write(attached(bound))
		c.mustApply()
		c.mustPlanNothing()

		// And without one.
		db.Exec(t, "ALTER TABLE orders DETACH PARTITION orders_default")
		c.write(alone)
		output = c.mustApply()
		if !strings.Contains(output, "DETACH PARTITION public.orders_old CONCURRENTLY;") {
			t.Errorf("detached in another way:\n%s", output)
		}
		c.mustPlanNothing("-refresh=true")
		if got := number(t, db, "SELECT count(*) FROM orders_old"); got != 1000 {
			t.Errorf("the table has %d rows", got)
		}
	})
}

// A detach that was interrupted half-way is finished by the next plan.
func TestAccPartitionHalfDetached(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	server := pgtest.Shared(t, pgtest.Newest())
	db := server.Database(t)
	db.Exec(t, `CREATE TABLE orders (id bigint NOT NULL, at date) PARTITION BY RANGE (at); CREATE INDEX orders_at_idx ON orders (at);
		CREATE TABLE orders_old PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`)
	c := newCLI(t, db)
	imports := ""
	for to, id := range map[string]string{"table.orders": "public.orders", "index.at": "public.orders_at_idx", "table.old": "public.orders_old"} {
		imports += fmt.Sprintf("import {\n  to = pgphase_%s\n  id = %q\n}\n", to, id)
	}
	attached := fmt.Sprintf(ordersConfig, `partition_of = { table = pgphase_table.orders.id, bound = "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')" }`)
	c.write(attached + imports)
	c.mustApply()

	reader, breaker := db.Connect(t), db.Connect(t)
	for _, sql := range []string{"BEGIN", "SELECT FROM orders"} {
		if _, err := reader.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := breaker.Exec(t.Context(), "SET statement_timeout = '300ms'"); err != nil {
		t.Fatal(err)
	}
	if _, err := breaker.Exec(t.Context(), "ALTER TABLE orders DETACH PARTITION orders_old CONCURRENTLY"); err == nil {
		t.Fatal("the detach was not interrupted")
	}
	if _, err := reader.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if output, code := c.plan(); code != 1 || !strings.Contains(output, "Partition public.orders_old is half detached") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	c.write(fmt.Sprintf(ordersConfig, `columns = { id = { type = "bigint", nullable = false }, at = { type = "date" } }`))
	if output := c.mustApply(); !strings.Contains(output, "DETACH PARTITION public.orders_old FINALIZE;") {
		t.Errorf("the detach is not finished:\n%s", output)
	}
	c.mustPlanNothing()
}

func number(t *testing.T, db *pgtest.Database, query string) (n int64) {
	t.Helper()
	if err := db.Connect(t).QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

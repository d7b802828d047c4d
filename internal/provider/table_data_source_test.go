// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// A table that nobody manages, with one of each.
const unmanagedTables = `
CREATE SCHEMA "Sales";
CREATE TABLE customers (id bigint PRIMARY KEY) WITH (autovacuum_enabled = false); -- nobody counts its rows
CREATE TABLE "Sales"."Orders" (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    customer_id int8 NOT NULL CONSTRAINT orders_customer REFERENCES customers ON DELETE SET NULL,
    state       varchar(9) DEFAULT 'new',
    total       numeric(12,2) CONSTRAINT positive CHECK (total > 0),
    during      int4range,
    CONSTRAINT "Orders_pkey" PRIMARY KEY (id),
    CONSTRAINT once UNIQUE (customer_id, state) INCLUDE (total),
    CONSTRAINT apart EXCLUDE USING gist (during WITH &&)
) WITH (fillfactor = 70);
COMMENT ON TABLE "Sales"."Orders" IS 'what was sold';
CREATE INDEX recent ON "Sales"."Orders" (lower(state), total DESC) WHERE total > 10;
INSERT INTO customers SELECT generate_series(1, 1000);
INSERT INTO "Sales"."Orders" (customer_id, total) SELECT n, 1 FROM generate_series(1, 1000) AS n;
ANALYZE "Sales"."Orders";
CREATE VIEW orders AS SELECT id FROM "Sales"."Orders";
`

func TestAccTableDataSource(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, unmanagedTables)
		const address = "data.pgphase_table.orders"
		value := func(at tfjsonpath.Path, check knownvalue.Check) statecheck.StateCheck {
			return statecheck.ExpectKnownValue(address, at, check)
		}
		column := func(name, attribute string) tfjsonpath.Path {
			return tfjsonpath.New("columns").AtMapKey(name).AtMapKey(attribute)
		}
		text, yes, no, null := knownvalue.StringExact, knownvalue.Bool(true), knownvalue.Bool(false), knownvalue.Null()
		recent, fk := tfjsonpath.New("indexes").AtMapKey("recent"), tfjsonpath.New("foreign_keys").AtMapKey("orders_customer")
		checks := []statecheck.StateCheck{
			value(tfjsonpath.New("id"), text(`"Sales"."Orders"`)),
			value(tfjsonpath.New("schema"), text("Sales")),
			value(tfjsonpath.New("name"), text("Orders")),
			value(tfjsonpath.New("columns"), knownvalue.MapSizeExact(5)),
			value(column("id", "identity"), text("always")),
			value(column("id", "nullable"), no),
			value(column("customer_id", "type"), text("bigint")),
			value(column("state", "type"), text("character varying(9)")),
			value(column("state", "nullable"), yes),
			value(column("state", "default"), text("'new'::character varying")),
			value(tfjsonpath.New("primary_key").AtMapKey("name"), text("Orders_pkey")),
			value(tfjsonpath.New("unique").AtMapKey("once").AtMapKey("include"), knownvalue.ListExact([]knownvalue.Check{text("total")})),
			value(tfjsonpath.New("checks").AtMapKey("positive").AtMapKey("expression"), knownvalue.StringRegexp(regexp.MustCompile(`total > .*0`))),
			value(tfjsonpath.New("exclusions").AtMapKey("apart").AtMapKey("method"), text("gist")),
			value(tfjsonpath.New("comment"), text("what was sold")),
			value(tfjsonpath.New("options"), knownvalue.MapExact(map[string]knownvalue.Check{"fillfactor": text("70")})),
			value(tfjsonpath.New("indexes"), knownvalue.MapSizeExact(4)),
			value(recent.AtMapKey("constraint"), null),
			value(recent.AtMapKey("keys").AtSliceIndex(0).AtMapKey("expression"), knownvalue.StringRegexp(regexp.MustCompile(`lower\(`))),
			value(recent.AtMapKey("keys").AtSliceIndex(1).AtMapKey("order"), text("desc")),
			value(recent.AtMapKey("where"), knownvalue.StringRegexp(regexp.MustCompile(`total > .*10`))),
			value(recent.AtMapKey("valid"), yes),
			value(tfjsonpath.New("indexes").AtMapKey("Orders_pkey").AtMapKey("constraint"), text("Orders_pkey")),
			value(fk.AtMapKey("references").AtMapKey("table"), text("public.customers")),
			value(fk.AtMapKey("on_delete"), text("set null")),
			value(tfjsonpath.New("row_estimate"), knownvalue.Int64Exact(1000)),
			value(tfjsonpath.New("size"), knownvalue.Int64Func(func(bytes int64) error {
				if bytes < 50_000 || bytes > 5_000_000 {
					return &unlikelySizeError{bytes}
				}
				return nil
			})),
			statecheck.ExpectKnownValue("data.pgphase_table.customers", tfjsonpath.New("row_estimate"), null),
			statecheck.ExpectKnownValue("data.pgphase_table.customers", tfjsonpath.New("foreign_keys"), knownvalue.MapSizeExact(0)),
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: protoV6ProviderFactories(t),
			Steps: []resource.TestStep{
				{Config: testAccConfig(db, `data "pgphase_table" "orders" { id = "\"Sales\".\"Orders\"" }
					data "pgphase_table" "customers" { name = "customers" }`), ConfigStateChecks: checks},
				{Config: testAccConfig(db, `data "pgphase_table" "orders" {
					schema = "Sales"
					name   = "Orders"
				}
				data "pgphase_table" "customers" { id = "public.customers" }`), ConfigStateChecks: checks},
			},
		})
	})
}

type unlikelySizeError struct{ bytes int64 }

func (e *unlikelySizeError) Error() string {
	return fmt.Sprintf("%d bytes are an unlikely size of the table", e.bytes)
}

// What a resource of the same run has just created is read, too: the snapshot
// that all share knows about it.
func TestAccTableDataSourceAfterApply(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: protoV6ProviderFactories(t),
		Steps: []resource.TestStep{{
			Config: testAccConfig(db, harnessTable+`
				data "pgphase_table" "t" {
				  id         = pgphase_table.t.id
				  depends_on = [pgphase_table.t]
				}
				data "pgphase_tables" "all" { depends_on = [pgphase_table.t] }`),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.pgphase_table.t", tfjsonpath.New("columns").AtMapKey("id").AtMapKey("type"), knownvalue.StringExact("bigint")),
				statecheck.ExpectKnownValue("data.pgphase_tables.all", tfjsonpath.New("ids"), knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("public.t")})),
			},
		}},
	})
}

func TestAccTableDataSourceErrors(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, unmanagedTables)
	for name, test := range map[string]struct{ config, want string }{
		"missing":        {`data "pgphase_table" "t" { id = "public.missing" }`, `There is no table public\.missing`},
		"missing schema": {`data "pgphase_table" "t" { id = "nowhere.t" }`, `There is no schema nowhere`},
		"a view":         {`data "pgphase_table" "t" { name = "orders" }`, `public\.orders is a view`},
		"not an id":      {`data "pgphase_table" "t" { id = "Orders" }`, `must be written in double\s+quotes`},
		"neither":        {`data "pgphase_table" "t" {}`, `Missing Attribute Configuration`},
		"both": {`data "pgphase_table" "t" {
			id   = "public.t"
			name = "t"
		}`, `Invalid Attribute Combination`},
		"tables of no schema": {`data "pgphase_tables" "t" { schema = "nowhere" }`, `There is no schema nowhere`},
		"two patterns": {`data "pgphase_tables" "t" {
			like  = "a%"
			regex = "^a"
		}`, `Invalid Attribute Combination`},
		"bad regex": {`data "pgphase_tables" "t" { regex = "(" }`, `missing closing \)`},
		"bad like":  {`data "pgphase_tables" "t" { like = "a\\" }`, `ends with its escape character`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: protoV6ProviderFactories(t),
				Steps:                    []resource.TestStep{{Config: testAccConfig(db, test.config), ExpectError: regexp.MustCompile(test.want)}},
			})
		})
	}
}

// A server that is created in the same run: the data source says how it can be
// read in spite of that, and is.
func TestAccTableDataSourceOfUnknownServer(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE t (id bigint)")
	config := func(dependence string) string {
		return `resource "terraform_data" "server" { input = "` + db.URL() + `" }
			provider "pgphase" { url = terraform_data.server.output }
			data "pgphase_table" "t" {
			  name = "t"
			  ` + dependence + `
			}
			data "pgphase_tables" "all" { ` + dependence + ` }`
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: protoV6ProviderFactories(t),
		Steps: []resource.TestStep{
			{Config: config(""), ExpectError: regexp.MustCompile(`(?s)Cannot read public\.t: the server is not known yet.*depends_on`)},
			{Config: config("depends_on = [terraform_data.server]"), ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.pgphase_table.t", tfjsonpath.New("id"), knownvalue.StringExact("public.t")),
				statecheck.ExpectKnownValue("data.pgphase_tables.all", tfjsonpath.New("ids"), knownvalue.ListSizeExact(1)),
			}},
		},
	})
}

func TestProject(t *testing.T) {
	t.Parallel()
	inner := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"keep": tftypes.String, "drop": tftypes.Bool}}
	kept := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"keep": tftypes.String, "more": tftypes.Number}}
	value := tftypes.NewValue(inner, map[string]tftypes.Value{
		"keep": tftypes.NewValue(tftypes.String, "x"), "drop": tftypes.NewValue(tftypes.Bool, true),
	})
	more := map[string]tftypes.Value{"more": tftypes.NewValue(tftypes.Number, 1)}
	want := tftypes.NewValue(kept, map[string]tftypes.Value{"keep": tftypes.NewValue(tftypes.String, "x"), "more": more["more"]})
	if got := project(value, kept, more); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	null := tftypes.NewValue(inner, nil)
	if got := project(null, kept, more); !got.Equal(tftypes.NewValue(kept, nil)) {
		t.Errorf("a null became %s", got)
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestAccTransitionsDataSource(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	config := func(arguments string) string {
		return testAccConfig(db, "data \"pgphase_transitions\" \"t\" {\n"+arguments+"\n}")
	}
	list := func(checks ...knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.pgphase_transitions.t", tfjsonpath.New("transitions"), knownvalue.ListExact(checks)),
		}
	}
	named := func(name string) knownvalue.Check {
		return knownvalue.ObjectPartial(map[string]knownvalue.Check{"name": knownvalue.StringExact(name)})
	}
	names := func(names ...string) knownvalue.Check {
		checks := []knownvalue.Check{}
		for _, name := range names {
			checks = append(checks, knownvalue.StringExact(name))
		}
		return knownvalue.ListExact(checks)
	}
	instant := knownvalue.StringRegexp(regexp.MustCompile(`^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))

	replaced, table := usersRenaming()
	renamed := schema.OpenTransition{
		Name: "pgphase_clients", Kind: schema.TableRenamed, Phase: schema.Expand,
		Table: schema.QualifiedName{Schema: "app", Name: "clients"}, OtherName: schema.QualifiedName{Schema: "app", Name: "Customers"},
	}
	written := knownvalue.ObjectExact(map[string]knownvalue.Check{
		"name": knownvalue.StringExact("pgphase_users"), "kind": knownvalue.StringExact("column replaced"), "table": knownvalue.StringExact("public.users"),
		"phase": knownvalue.StringExact("migrate"), "old": names("user_name"), "new": names("display_name"),
		"expanded_at": instant, "migrated_at": instant, "looked_at": instant,
		"backfill": knownvalue.ObjectExact(map[string]knownvalue.Check{
			"blocks_done": knownvalue.Int64Exact(30), "blocks_total": knownvalue.Int64Exact(40), "rows_changed": knownvalue.Int64Exact(7),
		}),
		"old_style_writes": knownvalue.Int64Exact(1), "old_style_writes_total": knownvalue.Int64Exact(3),
		"ready_for_contract": knownvalue.Bool(false), "reasons": knownvalue.ListSizeExact(2),
	})
	quiet := knownvalue.ObjectPartial(map[string]knownvalue.Check{
		"old_style_writes": knownvalue.Int64Exact(0), "old_style_writes_total": knownvalue.Int64Exact(3),
		"ready_for_contract": knownvalue.Bool(true), "reasons": knownvalue.ListSizeExact(0),
	})
	second := knownvalue.ObjectExact(map[string]knownvalue.Check{
		"name": knownvalue.StringExact("pgphase_clients"), "kind": knownvalue.StringExact("table renamed"), "table": knownvalue.StringExact("app.clients"),
		"phase": knownvalue.StringExact("expand"), "old": names("app.clients"), "new": names(`app."Customers"`),
		"expanded_at": instant, "migrated_at": knownvalue.Null(), "looked_at": instant, "backfill": knownvalue.Null(),
		"old_style_writes": knownvalue.Null(), "old_style_writes_total": knownvalue.Null(),
		"ready_for_contract": knownvalue.Bool(false), "reasons": names("it is not migrated yet"),
	})
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: protoV6ProviderFactories(t), Steps: []resource.TestStep{
		{Config: config(""), ConfigStateChecks: list()},
		{
			PreConfig: func() {
				begin(t, db, table, replaced, renamed)
				execute(t, db, "INSERT INTO users (id, user_name) VALUES (1, 'a'), (2, 'b')", ddl.ReachPhase(replaced.Name, schema.Migrate),
					"UPDATE users SET user_name = 'c' WHERE user_name = 'a'")
				conn := db.Connect(t)
				err := ledger.SaveProgress(t.Context(), conn, ledger.Progress{Transition: replaced.Name, Relation: table.Name, Next: 30, End: 40, FileNode: 1, RowsChanged: 7})
				if err != nil {
					t.Fatal(err)
				}
			},
			Config: config(""), ConfigStateChecks: list(second, written),
		},
		{Config: config(`schema = "app"`), ConfigStateChecks: list(named("pgphase_clients"))},
		{Config: config(`table = "app.\"Customers\""`), ConfigStateChecks: list(named("pgphase_clients"))},
		{Config: config(`table = "public.users"`), ConfigStateChecks: list(named("pgphase_users"))},
		{Config: config(`table = "public.clients"`), ConfigStateChecks: list()},
		{
			PreConfig: func() {
				execute(t, db, "UPDATE pgphase.progress SET next_block = end_block", ddl.ReachPhase(replaced.Name, schema.Migrate))
			},
			Config: config(`table = "public.users"`), ConfigStateChecks: list(quiet),
		},
		{
			PreConfig: func() { execute(t, db, ddl.EndTransition(replaced.Name, ddl.Contracted)...) },
			Config:    config(`schema = "public"`), ConfigStateChecks: list(),
		},
		{Config: config("schema = \"app\"\ntable = \"app.clients\""), ExpectError: regexp.MustCompile("Invalid Attribute Combination")},
		{Config: config(`table = "clients"`), ExpectError: regexp.MustCompile("clients")},
		{
			PreConfig: func() { execute(t, db, "COMMENT ON SCHEMA pgphase IS 'pgphase ledger, version 99.'") },
			Config:    config(""), ExpectError: regexp.MustCompile(`(?s)has\s+version\s+99`),
		},
	}})
}

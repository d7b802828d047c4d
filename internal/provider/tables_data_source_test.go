// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func TestAccTablesDataSource(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `
		CREATE TABLE b_2 (id int); CREATE TABLE a (id int); CREATE TABLE bx2 (id int); CREATE TABLE "B" (id int);
		CREATE TABLE parted (id int) PARTITION BY RANGE (id);
		CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (2);
		CREATE VIEW v AS SELECT 1; CREATE SCHEMA other; CREATE TABLE other.c (id int);`)
	lists := map[string][]string{
		``:                                {`public."B"`, "public.a", "public.b_2", "public.bx2", "public.parted"},
		`partitions = true`:               {`public."B"`, "public.a", "public.b_2", "public.bx2", "public.parted", "public.parted_1"},
		`like = "b_2"`:                    {"public.b_2", "public.bx2"},
		`like = "b\\_2"`:                  {"public.b_2"},
		`like = "b"`:                      {},
		`regex = "^b"`:                    {"public.b_2", "public.bx2"},
		`regex = "(?i)^b$"`:               {`public."B"`},
		`schema = "other"`:                {"other.c"},
		"schema = \"other\"\nlike=\"a%\"": {},
	}
	var steps []resource.TestStep
	for arguments, want := range lists {
		ids := make([]knownvalue.Check, len(want))
		for i, id := range want {
			ids[i] = knownvalue.StringExact(id)
		}
		steps = append(steps, resource.TestStep{
			Config: testAccConfig(db, "data \"pgphase_tables\" \"t\" {\n"+arguments+"\n}"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.pgphase_tables.t", tfjsonpath.New("ids"), knownvalue.ListExact(ids)),
			},
		})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: protoV6ProviderFactories(t), Steps: steps})
}

func TestLikeExpression(t *testing.T) {
	t.Parallel()
	for pattern, names := range map[string]map[string]bool{
		"":      {"": true, "a": false},
		"a%":    {"a": true, "abc": true, "ba": false, "a\nb": true},
		"_b_":   {"abc": true, "ab": false, "äbü": true},
		"a.c":   {"a.c": true, "abc": false},
		`100\%`: {"100%": true, "1000": false},
		`\\`:    {`\`: true, "": false},
		`a\bc`:  {"abc": true},
		"%b%b%": {"xbxbx": true, "xbx": false},
	} {
		expression, err := likeExpression(pattern)
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
			continue
		}
		compiled := regexp.MustCompile(expression)
		for name, want := range names {
			if got := compiled.MatchString(name); got != want {
				t.Errorf("%q LIKE %q is %v, want %v", name, pattern, got, want)
			}
		}
	}
	if _, err := likeExpression(`a\`); err == nil {
		t.Error("a pattern may end with its escape character")
	}
}

func TestMatcherWithoutPattern(t *testing.T) {
	t.Parallel()
	matches, err := (&tablesModel{Like: types.StringNull(), Regex: types.StringNull()}).matcher()
	if err != nil || !matches("anything") {
		t.Errorf("no pattern matches everything: %v", err)
	}
}

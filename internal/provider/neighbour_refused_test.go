// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// What a server refuses of schemas, enums and sequences is refused by the plan.
func TestAccNeighboursRefused(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `CREATE SCHEMA app; CREATE TYPE app.other AS ENUM ('a'); CREATE TYPE app.same AS ENUM ('a', 'b'); CREATE TABLE app.people (id int);
		CREATE SEQUENCE app.other_numbers MAXVALUE 10; CREATE TABLE app.own (id bigint GENERATED ALWAYS AS IDENTITY)`)
	c := newCLI(t, db)
	inputs := []badInput{
		{"pgphase_enum.schema", "  schema = \"nonsuch\"\n  name = \"e\"\n  values = []", "schema = ", []string{"Schema nonsuch does not exist", "schema = pgphase_schema.<name>.name"}},
		{"pgphase_enum.taken", "  schema = \"app\"\n  name = \"people\"\n  values = []", "name = ", []string{"The name app.people is taken", "table"}},
		{"pgphase_enum.other", "  schema = \"app\"\n  name = \"other\"\n  values = [\"b\"]", "name = ", []string{"enum app.other exists already, and not as declared", `id = "app.other"`}},
		{"pgphase_sequence.other", "  schema = \"app\"\n  name = \"other_numbers\"", "name = ", []string{"sequence app.other_numbers exists already", "import {"}},
		{"pgphase_sequence.identity", "  schema = \"app\"\n  name = \"own_id_seq\"", "name = ", []string{"app.own_id_seq exists already"}},
		{"pgphase_table.default", "  schema = pgphase_enum.new.schema\n  name = \"t\"\n  columns = {\n    mood = { type = pgphase_enum.new.id, default = \"'bad'\" }\n  }", "mood = ", []string{`invalid input value for enum app.new: "bad"`}},
	}
	all := "resource \"pgphase_enum\" \"new\" {\n  schema = \"app\"\n  name = \"new\"\n  values = [\"good\"]\n}\n"
	for _, input := range inputs {
		all += input.hcl()
	}
	c.write(all)
	wantRefused(t, c.messages("plan"), inputs)

	// Exactly what is declared is taken over, without a statement.
	const same = "resource \"pgphase_enum\" \"same\" {\n  schema = \"app\"\n  name = \"same\"\n  values = [\"a\", \"b\"]\n  deletion_protection = false\n}\n"
	const numbers = "resource \"pgphase_sequence\" \"numbers\" {\n  schema = \"app\"\n  name = \"numbers\"\n  deletion_protection = false\n}\n"
	const app = "resource \"pgphase_schema\" \"app\" {\n  name = \"app\"\n}\n"
	c.write(app + same + numbers)
	if output := c.mustApply(); !strings.Contains(output, "The enum app.same is there already, as declared") || strings.Contains(output, "CREATE TYPE") {
		t.Errorf("it is not taken over:\n%s", output)
	}

	// What somebody changes by hand is seen; a value that he adds cannot go.
	db.Exec(t, `ALTER TYPE app.same ADD VALUE 'x' BEFORE 'b'; ALTER SEQUENCE app.numbers INCREMENT 5 CACHE 7; SELECT setval('app.numbers', 700);
		CREATE TABLE app.uses (id bigint DEFAULT nextval('app.numbers'), moods app.same[])`)
	c.write(app + same + numbers)
	wantRefused(t, c.messages("plan"), []badInput{{resource: "pgphase_enum.same", line: "values = ", texts: []string{`app.same has values that are not declared: "x"`, "If somebody added it by hand, declare it"}}})
	declared := strings.Replace(same, `"b"`, `"x", "b"`, 1)
	c.write(app + declared + numbers)
	if output := c.mustApply(); !strings.Contains(output, "ALTER SEQUENCE app.numbers INCREMENT BY 1 CACHE 1;") || !strings.Contains(output, "SHARE ROW EXCLUSIVE on app.numbers") {
		t.Errorf("the sequence is not changed back:\n%s", output)
	}
	c.write(app + declared + strings.Replace(numbers, "  name", "  max_value = 500\n  name", 1))
	wantRefused(t, c.messages("plan"), []badInput{{resource: "pgphase_sequence.numbers", texts: []string{"stands outside of its new bounds", "last_value = 700", "from 1 to 500"}}})

	// Names stay, and what is used is not dropped.
	rename := strings.NewReplacer(`name = "same"`, `name = "renamed"`, `name = "numbers"`, `name = "renamed_numbers"`, `name = "app"`, `name = "renamed_app"`)
	c.write(rename.Replace(app + declared + numbers))
	wantRefused(t, c.messages("plan"), []badInput{
		{resource: "pgphase_schema.app", line: "name = ", texts: []string{"Schema app cannot be renamed to renamed_app", "schema_rename_breaks_clients"}},
		{resource: "pgphase_enum.same", line: "name = ", texts: []string{"Enum app.same cannot be renamed to app.renamed"}},
		{resource: "pgphase_sequence.numbers", line: "name = ", texts: []string{"Sequence app.numbers cannot be renamed to app.renamed_numbers"}},
	})
	c.write(app)
	said := texts(c.messages("plan"))
	for _, text := range []string{
		"Cannot drop type app.same: it is used", "column moods of table app.uses",
		"Cannot drop sequence app.numbers: it is used", "default value for column id of table app.uses",
	} {
		if !strings.Contains(said, text) {
			t.Errorf("%q is not said of what is used: %s", text, said)
		}
	}
	c.write(declared + numbers)
	if said := texts(c.messages("plan")); !strings.Contains(said, "app is protected from deletion") {
		t.Errorf("a protected schema: %s", said)
	}
	c.write(strings.Replace(app, "}", "  deletion_protection = false\n}", 1) + declared + numbers)
	c.mustApply()
	c.write("")
	if messages := c.messages("plan"); !strings.Contains(texts(messages), "Cannot drop schema app: it is not empty") || !strings.Contains(texts(messages), "table app.uses") {
		t.Errorf("a schema that is not empty: %s", texts(messages))
	}

	// A plan that was saved does not run over what has changed since.
	c.write(app + strings.Replace(declared, `"b"`, `"b", "c"`, 1) + numbers)
	if output, code := c.plan("-out=saved"); code != 2 {
		t.Fatalf("plan: exit code %d\n%s", code, output)
	}
	db.Exec(t, "ALTER TYPE app.same ADD VALUE 'c'")
	output, code := c.run("apply", "-no-color", "-input=false", "saved")
	if code != 1 || !strings.Contains(output, "app.same changed since the plan") || !strings.Contains(output, "Nothing was run") {
		t.Errorf("the saved plan: exit code %d\n%s", code, output)
	}
	c.mustApply()
	c.mustPlanNothing()
}

// A role that may read plans what it may not create, and is told what it may not
// change.
func TestAccNeighboursPrivileges(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE SCHEMA app")
	const all = `
resource "pgphase_enum" "mood" {
  schema = "app"
  name   = "mood"
  values = ["sad"]
}
resource "pgphase_sequence" "numbers" {
  schema = "app"
  name   = "numbers"
}
`
	c := newCLI(t, db)
	c.write(all)
	c.mustApply()
	role := db.Role(t, "")
	db.Exec(t, "GRANT USAGE ON SCHEMA app TO "+role.Name)
	c.url = role.URL()
	c.write(all)
	c.mustPlanNothing()
	inputs := []badInput{
		{"pgphase_enum.new", "  schema = \"app\"\n  name = \"new\"\n  values = [\"good\"]", "schema = ", []string{"may not create app.new", "GRANT CREATE ON SCHEMA app TO"}},
	}
	c.write(strings.Replace(strings.Replace(all, `"sad"`, `"sad", "ok"`, 1), `"numbers"
}`, `"numbers"
  cache = 5
}`, 1) + inputs[0].hcl())
	wantRefused(t, c.messages("plan"), append(inputs,
		badInput{resource: "pgphase_enum.mood", texts: []string{"may not change app.mood", "GRANT postgres TO"}},
		badInput{resource: "pgphase_sequence.numbers", texts: []string{"may not change app.numbers"}}))
	c.url = db.URL()
	c.write(all)
}

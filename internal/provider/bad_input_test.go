// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"
)

// badInput is a resource that must not pass. Each is reported in the same run
// as all others, so that a person sees all mistakes at once.
type badInput struct {
	// resource is the type and the name: "pgphase_table.nameless".
	resource string
	body     string
	// line is a part of the line that Terraform has to point at.
	line string
	// texts are parts of summary and detail.
	texts []string
}

func (b badInput) hcl() string {
	kind, name, _ := strings.Cut(b.resource, ".")
	return fmt.Sprintf("resource %q %q {\n%s\n}\n", kind, name, b.body)
}

var longName = strings.Repeat("x", 64)

// invalidConfigurations are seen without a server.
var invalidConfigurations = []badInput{
	{"pgphase_schema.name", "  name = \"" + longName + "\"", "name = ", []string{"64 bytes long"}},
	{"pgphase_schema.system", "  name = \"pg_mine\"", "name = ", []string{"Schema pg_mine cannot be managed", "begin with pg_"}},
	{"pgphase_schema.ledger", "  name = \"pgphase\"", "name = ", []string{"ledger"}},
	{"pgphase_enum.twice", "  name = \"e\"\n  values = [\"a\", \"b\", \"a\"]", "values = ", []string{"duplicate", "a"}},
	{"pgphase_enum.null", "  name = \"e\"\n  values = [\n    null]", "null", []string{"cannot be null"}},
	{"pgphase_enum.long", "  name = \"e\"\n  values = [\n    \"" + longName + "\"]", longName, []string{"64 bytes", "Invalid value of an enum"}},
	{"pgphase_sequence.type", "  name = \"s\"\n  type = \"numeric\"", "type = ", []string{"smallint", "bigint"}},
	{"pgphase_sequence.range", "  name = \"s\"\n  type = \"smallint\"\n  max_value = 40000", "max_value = ", []string{"public.s", "from -32768 to 32767"}},
	{"pgphase_sequence.start", "  name = \"s\"\n  start = 5\n  min_value = 6", "", []string{"start 5 is less than min_value 6"}},
	{"pgphase_sequence.descending", "  name = \"s\"\n  start = 5\n  increment = -1", "start = ", []string{"start 5 is not between", "-1"}},
	{"pgphase_table.name", "  name = \"" + longName + "\"\n  columns = { id = { type = \"int\" } }", "name = ", []string{"64 bytes long", "63 bytes"}},
	{"pgphase_table.column_name", "  name = \"t\"\n  columns = {\n    " + longName + " = { type = \"int\" }\n  }", longName + " = ", []string{"64 bytes long"}},
	{"pgphase_table.check_name", "  name = \"t\"\n  columns = { id = { type = \"int\" } }\n  checks = {\n    " + longName + " = { expression = \"id > 0\" }\n  }", longName + " = ", []string{"64 bytes long"}},
	{"pgphase_index.name", "  table = \"public.t\"\n  name = \"" + longName + "\"\n  keys = [{ column = \"id\" }]", "name = ", []string{"64 bytes long"}},
	{"pgphase_foreign_key.name", "  table = \"public.t\"\n  name = \"" + longName + "\"\n  columns = [\"id\"]\n  references = { table = \"public.u\", columns = [\"id\"] }", "name = ", []string{"64 bytes long"}},
	{"pgphase_column.empty_name", "  table = \"public.t\"\n  name = \"\"\n  type = \"int\"", "name = ", []string{"empty"}},
	{"pgphase_table.unclosed", "  name = \"t\"\n  columns = {\n    id = { type = \"int\", default = \"(1 + 2\" }\n  }", "id = ", []string{"(1 + 2"}},
	{"pgphase_table.two_expressions", "  name = \"t\"\n  columns = { id = { type = \"int\" } }\n  checks = {\n    c = { expression = \"id > 0, id < 9\" }\n  }", "c = ", []string{"second expression"}},
	{"pgphase_index.comment", "  table = \"public.t\"\n  name = \"i\"\n  keys = [{ column = \"id\" }]\n  where = \"id > 0 -- positive\"", "where = ", []string{"-- comment"}},
	{"pgphase_table.type", "  name = \"t\"\n  columns = {\n    id = { type = \"int; drop table t\" }\n  }", "id = ", []string{"int; drop table t"}},
	{"pgphase_table.serial", "  name = \"t\"\n  columns = {\n    id = { type = \"bigserial\" }\n  }", "id = ", []string{"bigserial", "identity"}},
	{"pgphase_table.identity_text", "  name = \"t\"\n  columns = {\n    id = { type = \"text\", identity = \"always\" }\n  }", "id = ", []string{"smallint, integer or bigint"}},
	{"pgphase_table.identity_default", "  name = \"t\"\n  columns = {\n    id = { type = \"int\", identity = \"always\", default = \"1\" }\n  }", "id = ", []string{"cannot have a default"}},
	{"pgphase_column.generated_default", "  table = \"public.t\"\n  name = \"c\"\n  type = \"int\"\n  default = \"1\"\n  generated = { expression = \"1\" }", "default = ", []string{"cannot have a default"}},
	{"pgphase_column.sequence", "  table = \"public.t\"\n  name = \"c\"\n  type = \"int\"\n  identity = \"always\"\n  sequence = { min_value = 10, max_value = 5 }", "sequence = ", []string{"min_value 10", "max_value 5"}},
	{"pgphase_table.key_twice", "  name = \"t\"\n  columns = { id = { type = \"int\" } }\n  unique = {\n    u = { columns = [\"id\", \"id\"] }\n  }", "u = ", []string{"id"}},
	{"pgphase_table.key_nullable", "  name = \"t\"\n  columns = {\n    id = { type = \"int\", nullable = true }\n  }\n  primary_key = { columns = [\"id\"] }", "id = ", []string{"primary key", "nullable"}},
	{"pgphase_table.deferred", "  name = \"t\"\n  columns = { id = { type = \"int\" } }\n  unique = {\n    u = { columns = [\"id\"], initially_deferred = true }\n  }", "u = ", []string{"deferrable"}},
	{"pgphase_table.same_name", "  name = \"t\"\n  columns = { id = { type = \"int\" } }\n  unique = {\n    same = { columns = [\"id\"] }\n  }\n  checks = {\n    same = { expression = \"id > 0\" }\n  }", "same = ", []string{"two constraints"}},
	{"pgphase_table.partition_key", "  name = \"t\"\n  columns = { id = { type = \"int\" }, day = { type = \"date\" } }\n  primary_key = { columns = [\"id\"] }\n  partition_by = { strategy = \"range\", keys = [{ column = \"day\" }] }", "primary_key = ", []string{"all columns of partition_by"}},
	{"pgphase_table.strategy", "  name = \"t\"\n  columns = { id = { type = \"int\" } }\n  partition_by = { strategy = \"round robin\", keys = [{ column = \"id\" }] }", "", []string{"range", "list", "hash"}},
	{"pgphase_index.both", "  table = \"public.t\"\n  name = \"i\"\n  keys = [\n    { column = \"id\", expression = \"id + 1\" }\n  ]", "{ column", []string{"column or an expression"}},
	{"pgphase_index.no_schema", "  table = \"t\"\n  name = \"i\"\n  keys = [{ column = \"id\" }]", "table = ", []string{"schema.table"}},
	{"pgphase_foreign_key.count", "  table = \"public.t\"\n  name = \"f\"\n  columns = [\"a\", \"b\"]\n  references = { table = \"public.u\", columns = [\"id\"] }", "references = ", []string{"same number of columns"}},
	{"pgphase_foreign_key.action", "  table = \"public.t\"\n  name = \"f\"\n  columns = [\"a\"]\n  on_delete = \"explode\"\n  references = { table = \"public.u\", columns = [\"id\"] }", "on_delete = ", []string{"cascade"}},
}

func TestAccInvalidConfiguration(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	c := newCLI(t, nil)
	c.settings = "  host = \"host.invalid\""
	var all strings.Builder
	for _, b := range invalidConfigurations {
		all.WriteString(b.hcl())
	}
	c.write(all.String())
	wantRefused(t, c.messages("validate"), invalidConfigurations)
}

// wantRefused fails unless exactly the inputs are refused, each at its line, in
// words that help, and only once.
func wantRefused(t testing.TB, messages []message, inputs []badInput) {
	t.Helper()
	byResource := map[string][]message{}
	for _, m := range messages {
		if m.Severity == "error" {
			byResource[m.Address] = append(byResource[m.Address], m)
		}
	}
	for _, input := range inputs {
		found := byResource[input.resource]
		delete(byResource, input.resource)
		if len(found) != 1 {
			t.Errorf("%s: %d errors instead of one: %s", input.resource, len(found), texts(found))
			continue
		}
		m := found[0]
		if !strings.Contains(m.line(), input.line) {
			t.Errorf("%s: Terraform points at %q and not at %q: %s", input.resource, m.line(), input.line, texts(found))
		}
		for _, text := range input.texts {
			if !strings.Contains(strings.ToLower(m.Summary+"\n"+m.Detail), strings.ToLower(text)) {
				t.Errorf("%s: %q is not in: %s", input.resource, text, texts(found))
			}
		}
	}
	for resource, found := range byResource {
		t.Errorf("%s: not expected: %s", resource, texts(found))
	}
}

// texts prints messages as a person reads them.
func texts(messages []message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "\n%s: %s\n  at: %s\n%s\n", m.Severity, m.Summary, m.line(), m.Detail)
	}
	return b.String()
}

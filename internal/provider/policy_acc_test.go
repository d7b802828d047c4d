// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// fires fails unless one of the messages is about the hazard. The guide about
// hazards reads the calls.
func fires(t *testing.T, id hazard.ID, messages []message) message {
	t.Helper()
	i := slices.IndexFunc(messages, func(m message) bool { return strings.HasSuffix(m.Detail, "\n\n"+id.Reference()) })
	if i < 0 {
		t.Errorf("%s is not said:%s", id, texts(messages))
		return message{}
	}
	return messages[i]
}

// silent fails if one of the messages is about the hazard.
func silent(t *testing.T, id hazard.ID, messages []message) {
	t.Helper()
	for _, m := range messages {
		if strings.HasSuffix(m.Detail, "\n\n"+id.Reference()) {
			t.Errorf("%s is said: %s", id, m.Summary)
		}
	}
}

func policyTable(columns, rest string) string {
	return fmt.Sprintf("resource \"pgphase_table\" \"users\" {\n  name = \"users\"\n  columns = {\n    id = { type = \"bigint\" }\n    email = { type = \"text\" }\n%s\n  }\n"+
		"  primary_key = { columns = [\"id\"] }\n  deletion_protection = false\n%s\n}\n", columns, rest)
}

// A policy and acknowledgements decide what stops a plan, what warns and what
// nobody hears of; what runs stays the same.
func TestAccPolicy(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.write(policyTable("", ""))
	c.mustApply()
	db.Exec(t, "INSERT INTO users VALUES (1, 'A@example.org')")
	said := func(settings, columns, rest string) []message {
		t.Helper()
		c.settings = settings
		c.write(policyTable(columns, rest))
		return c.messages("plan")
	}
	const (
		note   = `    note = { type = "varchar(20)" }`
		lower  = `    lower = { type = "text", generated = { expression = "lower(email)" } }`
		strict = `  hazards = { app_breaking = "error", index_build_load = "error" }`
		star   = `  acknowledge = ["column_add_breaks_star_clients"]`
		stored = `  acknowledge = ["column_add_breaks_star_clients", "column_add_generated_stored_rewrite"]`
	)
	silent(t, hazard.TableCreateForceDrops, said("", "", ""))
	fires(t, hazard.ColumnAddBreaksStarClients, said("", note, ""))
	silent(t, hazard.ColumnAddBreaksStarClients, said("", note, star))
	if m := fires(t, hazard.ColumnAddBreaksStarClients, said(strict, note, "")); m.Severity != "error" {
		t.Errorf("the policy asks for an error: %s", m.Severity)
	}
	if m := fires(t, hazard.ColumnAddBreaksStarClients, said(strict, note, star)); m.Severity != "warning" {
		t.Errorf("an acknowledged error: %s", m.Severity)
	}
	if m := fires(t, hazard.ColumnAddGeneratedStoredRewrite, said("", lower, "")); m.Severity != "error" || !strings.Contains(m.Detail, `acknowledge = ["column_add_generated_stored_rewrite"]`) {
		t.Errorf("%s", texts([]message{m}))
	}

	// Style is off, and on with one setting.
	silent(t, hazard.DesignVarcharLimit, said("", note, ""))
	fires(t, hazard.DesignVarcharLimit, said(`  hazards = { design = "warning", naming = "warning" }`, note, ""))

	// A pattern for names is heard of without a policy, and only for new names.
	quoted := `    "Note" = { type = "text" }`
	silent(t, hazard.NamingPolicy, said("", quoted, ""))
	fires(t, hazard.NamingPolicy, said(`  hazards = { naming = "warning" }`, quoted, ""))
	if m := fires(t, hazard.NamingPolicy, said(`  naming = { column = "^[a-z]{5,}$" }`, note, "")); m.Severity != "warning" || m.Summary != "Column note of public.users does not follow the naming policy [naming_policy]" {
		t.Errorf("%s", texts([]message{m}))
	}
	silent(t, hazard.NamingPolicy, said(`  naming = { column = "^[a-z]{4,}$", table = "^never$" }`, note, ""))

	// What is acknowledged runs as it is planned, and leaves nothing to plan.
	if messages := said("", lower, stored); len(messages) != 1 || messages[0].Severity != "warning" {
		t.Errorf("acknowledged: %s", texts(messages))
	}
	c.mustApply()
	c.mustPlanNothing()
	var lowered string
	if err := db.Connect(t).QueryRow(t.Context(), "SELECT lower FROM users").Scan(&lowered); err != nil || lowered != "a@example.org" {
		t.Errorf("got %q, %v", lowered, err)
	}
	if messages := c.messages("plan"); len(messages) > 0 {
		t.Errorf("a plan without changes: %s", texts(messages))
	}
	// The next change does not need it any more.
	messages := said("", lower, stored+"\n  comment = \"people\"")
	if len(messages) != 2 || !strings.Contains(messages[0].Summary, "acknowledges column_add_breaks_star_clients, which it does not meet") ||
		!strings.Contains(messages[1].Summary, "acknowledges column_add_generated_stored_rewrite") {
		t.Errorf("needless: %s", texts(messages))
	}

	c.settings = `  hazards = { table_drop_deletes_data = "error" }`
	c.write(policyTable(lower, stored))
	if m := fires(t, hazard.TableDropDeletesData, c.messages("plan", "-destroy")); m.Severity != "error" {
		t.Errorf("the policy asks for an error: %s", m.Severity)
	}
}

// Words that mean nothing are errors before anything is planned.
func TestAccPolicyMisspelled(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	c := newCLI(t, pgtest.Shared(t, pgtest.Newest()).Database(t))
	for _, test := range []struct{ settings, rest, summary, detail string }{
		{`  hazards = { column_type_change_rewrit = "error" }`, "", `Unknown hazard "column_type_change_rewrit"`, `Did you mean "column_type_change_rewrite"?`},
		{`  hazards = { design = "warnings" }`, "", "Unknown severity of hazard design", `did you mean "warning"?`},
		{`  hazards = { design = "loud" }`, "", "Unknown severity of hazard design", `"loud" is not a severity`},
		{`  hazards = { index_drop_replica_identity = "ignore" }`, "", "Hazard index_drop_replica_identity is always an error", "no statements that could run instead"},
		{`  naming = { table = "^(users$" }`, "", `"^(users$" is not a regular expression`, "missing closing )"},
		{"", `  acknowledge = ["column_add_breaks_star_client"]`, `Unknown hazard "column_add_breaks_star_client"`, "Did you mean"},
		{"", `  acknowledge = ["identifier_duplicate"]`, "Hazard identifier_duplicate cannot be acknowledged", "no statements"},
	} {
		c.settings = test.settings
		c.write(policyTable("", test.rest))
		messages := c.messages("plan")
		if len(messages) != 1 || messages[0].Summary != test.summary || !strings.Contains(messages[0].Detail, test.detail) || messages[0].line() == "" {
			t.Errorf("%s: %s", test.settings+test.rest, texts(messages))
		}
	}
}

// Advice reaches what belongs to no table.
func TestAccAdviceOnNeighbours(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	c := newCLI(t, pgtest.Shared(t, pgtest.Newest()).Database(t))
	c.settings = "  hazards = { design = \"warning\" }\n  naming = { schema = \"^app_\", enum = \"^mood$\" }"
	c.write("resource \"pgphase_schema\" \"sales\" {\n  name = \"sales\"\n}\nresource \"pgphase_enum\" \"mood\" {\n  name = \"mood\"\n  values = [\"ok\"]\n}\n")
	said := c.messages("plan")
	if m := fires(t, hazard.NamingPolicy, said); m.Summary != "Schema sales does not follow the naming policy [naming_policy]" || !strings.HasPrefix(m.line(), "name") {
		t.Errorf("%s", texts(said))
	}
	fires(t, hazard.EnumDiscouraged, said)
	if len(said) != 2 {
		t.Errorf("%s", texts(said))
	}
	c.mustApply()
	c.mustPlanNothing()
	if again := c.messages("plan"); len(again) > 0 {
		t.Errorf("of what is there: %s", texts(again))
	}
}

// What an index costs updates is advice, and only looked for where the policy asks.
func TestAccHazardsOfUpdates(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.write(policyTable("", ""))
	c.mustApply()
	db.Exec(t, "ALTER TABLE users SET (fillfactor = 10); INSERT INTO users SELECT i, 'e' || i FROM generate_series(1, 100) AS i")
	db.Exec(t, "DO $$ BEGIN FOR i IN 1 .. 15 LOOP UPDATE users SET email = 'i' || i; COMMIT; END LOOP; END $$")
	eye := db.Connect(t)
	await(t, "the server has counted the updates", func() (counted bool) {
		err := eye.QueryRow(t.Context(), "SELECT n_tup_hot_upd >= 1000 FROM pg_stat_user_tables WHERE relname = 'users'").Scan(&counted)
		return err == nil && counted
	})
	index := policyTable("", "") + "resource \"pgphase_index\" \"email\" {\n  table = pgphase_table.users.id\n  name = \"users_email_idx\"\n  keys = [{ column = \"email\" }]\n}\n"
	c.write(index)
	silent(t, hazard.IndexBreaksHOTUpdates, c.messages("plan"))
	c.settings = `  hazards = { design = "warning" }`
	c.write(index)
	said := c.messages("plan")
	if m := fires(t, hazard.IndexBreaksHOTUpdates, said); !strings.Contains(m.Detail, "An update that changes email cannot") {
		t.Errorf("%s", texts(said))
	}
}

// An existing table is never taken for a new one.
func TestAccHazardsOfCreate(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE users (id bigint PRIMARY KEY, email text, more text)")
	c := newCLI(t, db)
	c.write(policyTable("", ""))
	fires(t, hazard.TableCreateForceDrops, c.messages("plan"))
	c.settings = `  lock_timeout = "11s"`
	c.write(policyTable("", ""))
	if m := fires(t, hazard.LockTimeoutUnsafeValue, c.messages("plan")); m.Severity != "warning" {
		t.Errorf("%s", m.Severity)
	}
	c.settings = "  lock_timeout = \"11s\"\n  hazards = { locking = \"ignore\" }"
	c.write(policyTable("", ""))
	silent(t, hazard.LockTimeoutUnsafeValue, c.messages("plan"))
	c.settings = "  lock_timeout = \"11s\"\n  hazards = { lock_timeout_unsafe_value = \"error\" }"
	c.write(policyTable("", ""))
	if m := fires(t, hazard.LockTimeoutUnsafeValue, c.messages("plan")); m.Severity != "error" {
		t.Errorf("%s", m.Severity)
	}
}

// Every resource takes acknowledgements, which are no change of the database.
func TestAccAcknowledge(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	c := newCLI(t, pgtest.Shared(t, pgtest.Newest()).Database(t))
	shop := func(acknowledge string) string {
		parts := []string{
			"resource \"pgphase_table\" \"a\" {\n  name = \"a\"\n  columns = { id = { type = \"bigint\" } }\n  primary_key = { columns = [\"id\"] }\n  ignored_columns = [\"b\"]\n",
			"resource \"pgphase_column\" \"b\" {\n  table = pgphase_table.a.id\n  name = \"b\"\n  type = \"bigint\"\n",
			"resource \"pgphase_index\" \"b\" {\n  table = pgphase_table.a.id\n  name = \"a_b\"\n  keys = [{ column = pgphase_column.b.name }]\n",
			"resource \"pgphase_foreign_key\" \"b\" {\n  table = pgphase_table.a.id\n  name = \"a_b_fk\"\n  columns = [pgphase_column.b.name]\n" +
				"  references = { table = pgphase_table.a.id, columns = [\"id\"] }\n",
		}
		return strings.Join(parts, acknowledge+"}\n") + acknowledge + "}\n"
	}
	c.write(shop("  acknowledge = [\"index_build_load\", \"column_add_breaks_star_clients\"]\n"))
	c.mustApply()
	c.mustPlanNothing()
	c.mustShowNoDrift()
	c.write(shop("  acknowledge = [\"column_add_breaks_star_clients\"]\n"))
	changes := c.plannedChanges()
	if len(changes) != 4 || slices.ContainsFunc(changes, func(change string) bool { return !strings.HasSuffix(change, " acknowledge") }) {
		t.Errorf("got %v", changes)
	}
	if messages := c.messages("plan"); len(messages) > 0 {
		t.Errorf("nothing runs: %s", texts(messages))
	}
	c.mustApply()
	c.mustPlanNothing()
	c.write(shop(""))
	c.mustApply()
	c.mustPlanNothing()
}

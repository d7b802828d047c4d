// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// usersRenaming is public.users.user_name on its way to display_name.
func usersRenaming() (schema.OpenTransition, schema.Table) {
	text := schema.Type{Text: "text", Canonical: "text"}
	table := schema.Table{
		Name: schema.QualifiedName{Schema: "public", Name: "users"},
		Columns: []schema.Column{
			{Name: "id", Type: schema.Type{Text: "integer"}}, {Name: "user_name", Type: text, Nullable: true}, {Name: "display_name", Type: text, Nullable: true},
		},
	}
	t := schema.OpenTransition{
		Name: "pgphase_users", Kind: schema.ColumnReplaced, Table: table.Name, Phase: schema.Expand,
		Old: []schema.Name{"user_name"}, New: []schema.Name{"display_name"},
		Up: map[schema.Name]string{"display_name": "user_name"}, Down: map[schema.Name]string{"user_name": "display_name"},
	}
	ddl.NameDualWrite(&t)
	return t, table
}

// begin makes the tables, the ledger and the triggers of transitions.
func begin(t testing.TB, db *pgtest.Database, table schema.Table, transitions ...schema.OpenTransition) {
	t.Helper()
	statements := append([]string{ddl.CreateTable(table)}, ddl.CreateLedger()...)
	for _, open := range transitions {
		if open.Trigger != "" {
			statements = append(statements, ddl.CreateDualWrite(open, table)...)
		}
		statements = append(statements, ddl.RecordTransition(open))
	}
	execute(t, db, statements...)
}

func execute(t testing.TB, db *pgtest.Database, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		db.Exec(t, sql)
	}
}

// spoken renders findings: "error: summary\ndetail".
func spoken(findings []planner.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.Severity.String() + ": " + f.Summary + "\n" + f.Detail + "\n")
	}
	return b.String()
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		open, table := usersRenaming()
		begin(t, db, table, open)
		execute(t, db, "CREATE INDEX users_user_name_idx ON users (user_name)", "CREATE INDEX users_id_idx ON users (id)",
			"CREATE FUNCTION greet() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT min(user_name) FROM users); END'",
			"CREATE STATISTICS named (dependencies) ON id, user_name FROM users",
			"INSERT INTO users (id, user_name) VALUES (1, 'a'), (2, 'b')")
		ask := func(minimumSoak string) string {
			t.Helper()
			provider := newTestProvider(t).mustConfigure(map[string]any{"url": db.URL(), "minimum_soak": minimumSoak})
			snapshot, err := provider.snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			observed := snapshot.Table(table.Name)
			findings, err := provider.evidence(t.Context(), observed, observed.Transitions)
			if err != nil {
				t.Fatal(err)
			}
			return spoken(findings)
		}
		expect := func(got string, wanted ...string) {
			t.Helper()
			for _, want := range wanted {
				if absent, unwanted := strings.CutPrefix(want, "no "); unwanted == strings.Contains(got, absent) && unwanted || !unwanted && !strings.Contains(got, want) {
					t.Errorf("%q in:\n%s", want, got)
				}
			}
		}
		expect(ask("0s"), "warning: Use of public.users.user_name before it is dropped", "It was expanded ", "no error:",
			"still writes: 2 times since the last phase", "2 times since expand", "public.users_user_name_idx was never scanned", "no users_id_idx",
			"Functions whose text names it", "    public.greet()", "Objects that go with it:\n\n    extended statistics public.named")
		expect(ask("24h"), "error: Cannot drop public.users.user_name\nToo early: it is not migrated yet, and minimum_soak of the provider asks for 24h0m0s after that")

		execute(t, db, ddl.ReachPhase(open.Name, schema.Migrate))
		expect(ask("24h"), "Too early: it was migrated", "of which 23 hours are left", `phase = "migrate"`)
		execute(t, db, "UPDATE pgphase.transitions SET expanded_at = expanded_at - interval '3 days', migrated_at = migrated_at - interval '25 hours', looked_at = looked_at - interval '2 hours'")
		expect(ask("24h"), "no error:", "It was expanded 3 days ago and migrated 25 hours ago.",
			"No code that knows only the old structure has written since the last phase (2 hours ago). Since expand, that was 2 times.")
		execute(t, db, `ALTER TABLE users DISABLE TRIGGER "`+string(open.Trigger)+`"`)
		expect(ask("0s"), "error: Cannot drop public.users.user_name\nThe transition cannot end: its triggers are missing or disabled",
			`ENABLE TRIGGER "`+string(open.Trigger)+`";`)
		execute(t, db, ddl.EnableDualWrite(open, table.Name)...)
		expect(ask("0s"), "no error:")

		// Without a ledger, the comment on the trigger tells of the transition.
		execute(t, db, "DROP TABLE pgphase.transitions")
		expect(ask("0s"), "The ledger has lost this transition", "no error:")
		expect(ask("24h"), "error: Cannot drop public.users.user_name\nThe ledger has lost this transition")
	})
}

// Who reads a table by its old name, nothing counts; what depends on the view
// that stands for it would make DROP VIEW fail.
func TestEvidenceOfRenamedTable(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		table := schema.Table{Name: schema.QualifiedName{Schema: "public", Name: "customers"}, Columns: []schema.Column{{Name: "id", Type: schema.Type{Text: "integer"}}}}
		open := schema.OpenTransition{
			Name: "pgphase_customers", Kind: schema.TableRenamed, Table: table.Name, Phase: schema.Migrate,
			OtherName: schema.QualifiedName{Schema: "public", Name: "clients"},
		}
		begin(t, db, table, open)
		execute(t, db, ddl.CompatView(open, table, 140000)...)
		provider := newTestProvider(t).mustConfigure(map[string]any{"url": db.URL()})
		findings, err := provider.evidence(t.Context(), &table, []schema.OpenTransition{open})
		if err != nil || len(findings) != 1 || findings[0].Severity != hazard.Warning ||
			findings[0].Summary != "Use of public.clients before it is dropped" || !strings.Contains(findings[0].Detail, "does not count who uses a view") {
			t.Errorf("%v\n%s", err, spoken(findings))
		}
		execute(t, db, "CREATE VIEW report AS SELECT * FROM clients",
			"CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM clients'")
		findings, err = provider.evidence(t.Context(), &table, []schema.OpenTransition{open})
		if text := spoken(findings); err != nil || !strings.Contains(text, "error: Cannot drop the view public.clients") ||
			!strings.Contains(text, "\n    view public.report\n") || !strings.Contains(text, "\n    public.total()") {
			t.Errorf("%v\n%s", err, text)
		}
	})
}

func TestObstaclesToContract(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ready := ledger.Evidence{
		Kind: schema.ColumnReplaced, Phase: schema.Migrate, Now: now, ExpandedAt: now.Add(-72 * time.Hour), MigratedAt: now.Add(-48 * time.Hour),
		LookedAt: now.Add(-time.Hour), Counted: true, OldStyleWrites: 7, Guarded: true,
		Backfill: []ledger.Progress{{First: 0, Next: 10, End: 10}},
	}
	for name, c := range map[string]struct {
		settings settings
		change   func(e *ledger.Evidence)
		want     string
	}{
		"ready":               {settings{minimumSoak: 24 * time.Hour}, func(*ledger.Evidence) {}, ""},
		"soaking":             {settings{minimumSoak: 72 * time.Hour}, func(*ledger.Evidence) {}, "it was migrated 2 days ago, and minimum_soak of the provider asks for 72h0m0s, of which 24 hours are left"},
		"soaking, throw-away": {settings{minimumSoak: 72 * time.Hour, singleStep: true}, func(*ledger.Evidence) {}, ""},
		"expanded":            {settings{}, func(e *ledger.Evidence) { e.Phase, e.MigratedAt = schema.Expand, time.Time{} }, "it is not migrated yet"},
		"expanded, with soak": {settings{minimumSoak: time.Hour}, func(e *ledger.Evidence) { e.Phase, e.MigratedAt = schema.Expand, time.Time{} }, "it is not migrated yet, and minimum_soak of the provider asks for 1h0m0s after that"},
		"removed": {settings{minimumSoak: time.Hour}, func(e *ledger.Evidence) {
			e.Kind, e.Phase, e.MigratedAt = schema.ColumnRemoved, schema.Expand, time.Time{}
		}, ""},
		"removed, too early": {settings{minimumSoak: 73 * time.Hour}, func(e *ledger.Evidence) { e.Kind, e.Phase = schema.ColumnRemoved, schema.Expand }, "it was expanded 3 days ago, and minimum_soak of the provider asks for 73h0m0s, of which 60 minutes are left"},
		"half filled": {settings{}, func(e *ledger.Evidence) {
			e.Backfill = []ledger.Progress{{Relation: schema.QualifiedName{Schema: "public", Name: "t"}, Next: 1000, End: 2000}}
		}, "the backfill of public.t is not finished: block 1,000 of 2,000"},
		"without its triggers": {settings{}, func(e *ledger.Evidence) { e.Guarded = false }, "its triggers are missing or disabled, so that writes since then are on one side only"},
		"written":              {settings{}, func(e *ledger.Evidence) { e.RecentWrites = 1 }, "old code still writes: once since the last phase (60 minutes ago)"},
	} {
		e := ready
		c.change(&e)
		if got := strings.Join(c.settings.obstaclesToContract(e), "; "); got != c.want {
			t.Errorf("%s:\nwant %q\ngot  %q", name, c.want, got)
		}
	}
}

func TestInWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "less than a second", time.Second: "1 second", 90 * time.Second: "90 seconds", 2 * time.Minute: "2 minutes",
		119 * time.Minute: "119 minutes", 2 * time.Hour: "2 hours", 47 * time.Hour: "47 hours", 49 * time.Hour: "2 days", -time.Second: "less than a second",
	} {
		if got := inWords(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

// A throw-away database takes all phases in one apply; any other one is told
// to expand first.
func TestAccSingleStep(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	table := func(rest string) string {
		return "resource \"pgphase_table\" \"users\" {\n  name = \"users\"\n  deletion_protection = false\n  columns = {\n    id = { type = \"bigint\" }\n" + rest + "\n}\n"
	}
	c.write(table("    user_name = { type = \"text\" }\n  }"))
	c.mustApply()
	db.Exec(t, "INSERT INTO users (id, user_name) VALUES (1, 'a')")
	c.write(table("    display_name = { type = \"text\", nullable = false, replaces = { columns = [\"user_name\"], up = \"upper(users.user_name)\" } }\n  }\n  phase = \"contract\""))
	if output, code := c.plan(); code != 1 || !strings.Contains(output, `phase = "expand"`) {
		t.Errorf("exit code %d\n%s", code, output)
	}
	c.settings = "  single_step  = true\n  minimum_soak = \"24h\""
	c.write(table("    display_name = { type = \"text\", nullable = false, replaces = { columns = [\"user_name\"], up = \"upper(users.user_name)\" } }\n  }\n  phase = \"contract\""))
	c.mustApply()
	c.mustPlanNothing()
	var names string
	if err := db.Connect(t).QueryRow(t.Context(), "SELECT string_agg(to_jsonb(users)::text, '') FROM users").Scan(&names); err != nil || names != `{"id": 1, "display_name": "A"}` {
		t.Errorf("%s, %v", names, err)
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package export

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var start = time.Date(2026, 11, 20, 19, 30, 0, 0, time.UTC)

// recorded numbers and times statements that succeeded.
func recorded(statements ...string) []ledger.Recorded {
	list := make([]ledger.Recorded, len(statements))
	for i, sql := range statements {
		list[i] = ledger.Recorded{
			ID: int64(i + 1), At: start.Add(time.Duration(i) * time.Second), Who: "app", Object: "public.users", Statement: sql, Outcome: ledger.Succeeded,
		}
	}
	return list
}

func sqlOf(migrations []Migration) []string {
	var list []string
	for _, m := range migrations {
		list = append(list, m.SQL)
	}
	return list
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	history := recorded(
		transaction(ddl.CreateLedger()),
		"CREATE TABLE public.users ();",
		"CREATE UNIQUE INDEX CONCURRENTLY i ON public.users (a);",
		"DROP INDEX CONCURRENTLY public.i;",
		"BEGIN;\nALTER TABLE public.users ADD a int;\nCOMMENT ON COLUMN public.users.a IS 'BEGIN;\nx;\nCOMMIT;';\nCOMMIT;",
		"UPDATE ONLY public.users SET a = 1\nWHERE ctid >= $1::tid AND ctid < $2::tid AND a IS NULL;",
		"SELECT 'x' WHERE false;",
		"ALTER TABLE public.users VALIDATE CONSTRAINT c;",
	)
	history[2].Outcome = ledger.Interrupted
	got, skipped := Migrations(history, Selection{LockTimeout: "2s"})
	const timeout = "SET LOCAL lock_timeout = '2s';\n"
	want := []string{
		timeout + "CREATE TABLE public.users ();",
		"DROP INDEX CONCURRENTLY IF EXISTS public.i;",
		timeout + "ALTER TABLE public.users ADD a int;\nCOMMENT ON COLUMN public.users.a IS 'BEGIN;\nx;\nCOMMIT;';",
		timeout + "UPDATE ONLY public.users SET a = 1\nWHERE a IS NULL;",
		timeout + "ALTER TABLE public.users VALIDATE CONSTRAINT c;",
	}
	if diff := cmp.Diff(want, sqlOf(got)); diff != "" || skipped != (Skipped{Unfinished: 1, Verifications: 1}) {
		t.Errorf("%+v, -want +got:\n%s", skipped, diff)
	}
	if names := []string{got[0].Name, got[1].Name, got[3].Name}; !slices.Equal(names, []string{"create_table_public_users", "drop_index_public_users", "backfill_public_users"}) {
		t.Errorf("names %q", names)
	}
	if got[1].Origin != "pgphase, entry 4 of the history: 2026-11-20T19:30:03Z, by app" || got[1].Version != "20261120193003000" {
		t.Errorf("%+v", got[1])
	}
	if later, _ := Migrations(history, Selection{FromID: 6}); len(later) != 2 || later[0].Version != got[3].Version || later[1] != (Migration{
		Version: got[4].Version, Name: got[4].Name, Origin: got[4].Origin, SQL: "ALTER TABLE public.users VALIDATE CONSTRAINT c;",
	}) {
		t.Errorf("from an id: %+v", later)
	}
	if later, _ := Migrations(history, Selection{FromTime: start.Add(7 * time.Second)}); len(later) != 1 {
		t.Errorf("from a time: %+v", later)
	}
}

// What a transition keeps in the schema of the ledger needs that schema.
func TestMigrationsWithLedger(t *testing.T) {
	t.Parallel()
	creation := transaction(ddl.CreateLedger())
	history := recorded(creation, "ALTER TABLE public.users ADD b int;", creation, "CREATE FUNCTION pgphase.f();",
		"UPDATE ONLY public.users SET b = 1\nWHERE ctid >= $1::tid AND ctid < $2::tid AND b IS NULL;")
	history[4].Phase = schema.Migrate
	inner := strings.TrimSuffix(strings.TrimPrefix(creation, "BEGIN;\n"), "\nCOMMIT;")
	fill := "SET LOCAL pgphase.backfill = 'on';\nUPDATE ONLY public.users SET b = 1\nWHERE b IS NULL;"
	for from, want := range map[int64][]string{
		0: {inner, "ALTER TABLE public.users ADD b int;", "CREATE FUNCTION pgphase.f();", fill},
		2: {inner, "ALTER TABLE public.users ADD b int;", "CREATE FUNCTION pgphase.f();", fill},
		4: {inner, "CREATE FUNCTION pgphase.f();", fill},
		5: {fill},
	} {
		got, _ := Migrations(history, Selection{FromID: from})
		if diff := cmp.Diff(want, sqlOf(got)); diff != "" {
			t.Errorf("from %d, -want +got:\n%s", from, diff)
		}
		ascending(t, got)
	}
}

// Statements of several tables end in the same millisecond.
func TestVersionsAscend(t *testing.T) {
	t.Parallel()
	history := recorded(slices.Repeat([]string{"ANALYZE public.users;"}, 50)...)
	for i := range history {
		history[i].At = start.Add(time.Duration(-i) * time.Microsecond)
	}
	got, _ := Migrations(history, Selection{})
	ascending(t, got)
}

func ascending(t *testing.T, migrations []Migration) {
	t.Helper()
	for i := 1; i < len(migrations); i++ {
		if migrations[i-1].Version >= migrations[i].Version {
			t.Errorf("%s, then %s", migrations[i-1].Version, migrations[i].Version)
		}
	}
}

func TestAlone(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]bool{
		"CREATE INDEX CONCURRENTLY i ON t (a);":                        true,
		"CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);":                 true,
		"CREATE INDEX i ON t (a);":                                     false,
		"DROP INDEX CONCURRENTLY i;":                                   true,
		"REINDEX (TABLESPACE x) INDEX CONCURRENTLY i;":                 true,
		"ALTER TABLE t DETACH PARTITION p CONCURRENTLY;":               true,
		"ALTER TABLE t DETACH PARTITION p FINALIZE;":                   true,
		"ALTER TABLE t DETACH PARTITION p;":                            false,
		"COMMENT ON TABLE t IS 'CREATE INDEX CONCURRENTLY i ON t (a)'": false,
	} {
		if alone.MatchString(sql) != want {
			t.Errorf("%s: %v", sql, !want)
		}
	}
}

// The file of a directory of Atlas itself: sql/migrate/testdata/partial-checkpoint
// of its repository.
func TestAtlasSum(t *testing.T) {
	t.Parallel()
	sums := [][2]string{
		{"1_first.sql", "uJ2MyyeTqXx4rCqtRMQAvRrfsvdwmvsZ3LcadVvCdOc="},
		{"2_second.sql", "TLO00GtsqSi8o0ySoaofBqxemrElL8fHOs3IRnqYvB8="},
		{"3_checkpoint.sql", "LR4UjDYVtrRuHLN5GQwLAYnXrSf/iO70psY8hTmLmjw="},
		{"4_fourth.sql", "QvaneqKxg+3R+zNzCP/wW43XkECdHkUwEpxJKPICEP8="},
		{"5_checkpoint.sql", "syyuaJb/hoMRO7MJlv4AMhYqMCoSb8ZgcHENO8RqN3I="},
		{"6_sixth.sql", "JNhpyBtH7XKqGBNRHQ+AvM9IDpO08C3G/swWPHfLkfw="},
	}
	if text := sealed(sums); !strings.HasPrefix(text, "h1:POfbsH2G2GIXAZQ2CdPa5ufTxcLpcnperz/gX0Vw6Uk=\n1_first.sql h1:") {
		t.Errorf("all six:\n%s", text)
	}
	two := atlasSum([]File{
		{Path: "1_first.sql", Content: "create table `tbl_1` (`col` int);\n"},
		{Path: "2_second.sql", Content: "create table `tbl_2` (`col` int);\n"},
	})
	if want := sealed(sums[:2]); two[0].Content != want {
		t.Errorf("got\n%swant\n%s", two[0].Content, want)
	}
}

// What each tool's documentation asks for; see format.go.
func TestFormats(t *testing.T) {
	t.Parallel()
	migrations := []Migration{
		{Version: "20261120193000000", Name: "create_table_public_users", Origin: "pgphase", SQL: "CREATE TABLE users (a text DEFAULT '${x}');"},
		{Version: "20261120193001000", Name: "create_index_public_users", Origin: "pgphase", SQL: "CREATE INDEX CONCURRENTLY i ON users (a);", Alone: true},
	}
	const table, index = "-- pgphase\nCREATE TABLE users (a text DEFAULT '${x}');\n", "-- pgphase\nCREATE INDEX CONCURRENTLY i ON users (a);\n"
	const first, second = "20261120193000000_create_table_public_users", "20261120193001000_create_index_public_users"
	for _, test := range []struct {
		tool string
		want []File
	}{
		{"atlas", []File{
			{Path: first + ".sql", Content: table},
			{Path: second + ".sql", Content: "-- atlas:txmode none\n\n" + index},
			{Path: "atlas.sum", Whole: true}, // see TestAtlasSum
		}},
		{"dbmate", []File{
			{Path: first + ".sql", Content: "-- migrate:up\n" + table + "\n-- migrate:down\n"},
			{Path: second + ".sql", Content: "-- migrate:up transaction:false\n" + index + "\n-- migrate:down\n"},
		}},
		{"flyway", []File{
			{Path: "V20261120193000000__create_table_public_users.sql", Content: table},
			{Path: "V20261120193000000__create_table_public_users.sql.conf", Content: "placeholderReplacement=false\n"},
			{Path: "V20261120193001000__create_index_public_users.sql", Content: index},
			{Path: "V20261120193001000__create_index_public_users.sql.conf", Content: "executeInTransaction=false\n"},
		}},
		{"golang-migrate", []File{{Path: first + ".up.sql", Content: table}, {Path: second + ".up.sql", Content: index}}},
		{"liquibase", []File{
			{Path: first + ".sql", Content: "--liquibase formatted sql\n\n--changeset pgphase:20261120193000000 splitStatements:false\n" + table},
			{Path: second + ".sql", Content: "--liquibase formatted sql\n\n--changeset pgphase:20261120193001000 splitStatements:false runInTransaction:false\n" + index},
		}},
		{"prisma", []File{
			{Path: first + "/migration.sql", Content: table},
			{Path: second + "/migration.sql", Content: index},
			{Path: "migration_lock.toml", Content: "# Prisma refuses a directory of another database.\nprovider = \"postgresql\"\n"},
		}},
	} {
		f, known := FormatNamed(test.tool)
		if !known {
			t.Fatalf("no format %s", test.tool)
		}
		got := f.Files(migrations)
		if test.tool == "atlas" {
			sum := got[len(got)-1].Content
			if strings.Count(sum, "\n") != 3 || strings.Count(sum, "h1:") != 3 || !strings.Contains(sum, "\n"+second+".sql h1:") {
				t.Errorf("atlas.sum:\n%s", sum)
			}
			test.want[2].Content = sum
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.tool, diff)
		}
		if f.Files(nil) != nil {
			t.Errorf("%s: nothing is something", test.tool)
		}
	}
}

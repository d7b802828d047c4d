// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// A plan says once what the server hides from its role, whatever the number of
// tables; and how long things take as this server did them before.
func TestAccLiveFindings(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	role := db.Role(t, "")
	for _, sql := range ddl.CreateLedger() {
		db.Exec(t, sql)
	}
	db.Exec(t, fmt.Sprintf("GRANT CREATE ON SCHEMA public TO %[1]s; CREATE TABLE a (n int); CREATE TABLE b (n int); INSERT INTO a VALUES (1); ALTER TABLE a OWNER TO %[1]s; ALTER TABLE b OWNER TO %[1]s;", role.Name))
	admin := db.Connect(t)
	if err := ledger.Record(t.Context(), admin, ledger.Entry{
		Object: "public.a", Statement: "x", Ran: 2 * time.Second, Outcome: ledger.Succeeded, Work: ledger.IndexBuild, Blocks: 6400,
	}); err != nil {
		t.Fatal(err)
	}
	c := newCLI(t, db)
	c.url = role.URL()
	c.settings = `  hazards = { index_build_load = "warning" }`
	index := func(table string) string {
		return fmt.Sprintf("resource \"pgphase_index\" %[1]q {\n  table = \"public.%[1]s\"\n  name  = \"%[1]s_n_idx\"\n  keys  = [{ column = \"n\" }]\n}\n", table)
	}
	c.write(index("a") + index("b"))
	plan := func() string {
		t.Helper()
		output, code := c.plan()
		if code != 2 || !strings.Contains(output, "public.a has ") || !strings.Contains(output, "public.b is empty.") {
			t.Fatalf("exit code %d\n%s", code, output)
		}
		return strings.Join(strings.Fields(output), " ")
	}
	const measured = "building an index under a second (25.0 MB/s measured on this server)"
	const assumed = "building an index under a second (20 MB/s of the table assumed)"
	hidden := regexp.MustCompile(`PostgreSQL does not show the role ` + role.Name + `: what \d+ sessions? of other roles do(es)? in this database, and since when`)
	output := plan()
	if n := len(hidden.FindAllString(output, -1)); n != 1 || !strings.Contains(output, "GRANT pg_read_all_stats TO "+role.Name+";") {
		t.Errorf("said %d times what is hidden:\n%s", n, output)
	}
	if !strings.Contains(output, assumed) {
		t.Errorf("the role may not read the history:\n%s", output)
	}
	db.Exec(t, fmt.Sprintf("GRANT pg_read_all_stats TO %[1]s; GRANT SELECT ON pgphase.history TO %[1]s", role.Name))
	if output := plan(); strings.Contains(output, "does not show") || !strings.Contains(output, measured) {
		t.Errorf("all may be seen:\n%s", output)
	}
	c.settings += "\n  live_checks = false"
	c.write(index("a") + index("b"))
	if output, code := c.plan(); code != 2 || !strings.Contains(output, "[index_build_load]") || strings.Contains(output, "public.a has ") || strings.Contains(output, "Estimated") {
		t.Errorf("exit code %d, without live checks:\n%s", code, output)
	}
}

// What is in the way depends on what runs: any statement waits for whoever holds
// a lock, and only what is built concurrently for old snapshots.
func TestInTheWay(t *testing.T) {
	t.Parallel()
	a, part, b := schema.QualifiedName{Schema: "public", Name: "a"}, schema.QualifiedName{Schema: "public", Name: "a_1"}, schema.QualifiedName{Schema: "public", Name: "b"}
	holds := func(pid int, table schema.QualifiedName) catalog.Session {
		return catalog.Session{
			PID: pid, User: "alice", Application: "reports", State: "idle in transaction", Transaction: time.Hour, Query: "SELECT\n 1",
			Locks: []catalog.HeldLock{{Mode: schema.AccessShare, Relation: table}},
		}
	}
	snapshot := catalog.Session{PID: 9, Application: "dump", State: "active", Transaction: time.Minute, Snapshot: true}
	vacuum := catalog.Session{PID: 8, State: "active", Transaction: time.Minute, Wraparound: true, Locks: []catalog.HeldLock{{Mode: schema.ShareUpdateExclusive, Relation: a}}}
	brief, concurrent := []planner.Operation{{}}, []planner.Operation{{Class: planner.Concurrent}}
	const head = "Transactions that are open right now and in the way:\n\n"
	const ofA = "    process 1 (reports, role alice, idle in transaction, transaction open for 1h0m0s, holds ACCESS SHARE on public.a): SELECT 1"
	for name, test := range map[string]struct {
		transactions []catalog.Session
		operations   []planner.Operation
		want         string
	}{
		"nobody":                 {nil, brief, ""},
		"another table":          {[]catalog.Session{holds(1, b)}, brief, ""},
		"a snapshot":             {[]catalog.Session{snapshot}, brief, ""},
		"a snapshot and a build": {[]catalog.Session{snapshot}, concurrent, head + "    process 9 (dump, active, transaction open for 1m0s)"},
		"a lock":                 {[]catalog.Session{holds(1, a), holds(2, b)}, brief, head + ofA},
		"a lock on a partition":  {[]catalog.Session{holds(1, part)}, brief, head + strings.Replace(ofA, "public.a", "public.a_1", 1)},
		"wraparound":             {[]catalog.Session{vacuum}, brief, head + "    process 8 (autovacuum to prevent wraparound, active, transaction open for 1m0s, holds SHARE UPDATE EXCLUSIVE on public.a)"},
		"many": {
			[]catalog.Session{holds(1, a), vacuum, vacuum, vacuum, vacuum, vacuum, vacuum},
			brief,
			head + ofA + strings.Repeat("\n    process 8 (autovacuum to prevent wraparound, active, transaction open for 1m0s, holds SHARE UPDATE EXCLUSIVE on public.a)", 4) + "\n    and 2 more",
		},
	} {
		db := newDatabase(nil, defaultSettings())
		if diff := cmp.Diff(test.want, db.inTheWay(a, test.transactions, []schema.QualifiedName{a, part}, test.operations)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// What a session runs is said of the first tables.
	db := newDatabase(nil, defaultSettings())
	for i := range 4 {
		got := db.inTheWay(a, []catalog.Session{holds(1, a)}, []schema.QualifiedName{a}, brief)
		if told := strings.HasSuffix(got, ": SELECT 1"); told != (i < fullyTold) || !strings.Contains(got, "process 1 (reports,") {
			t.Errorf("table %d: %s", i, got)
		}
	}
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	said := func(hidden catalog.Hidden) []string {
		db := newDatabase(nil, defaultSettings())
		return []string{db.unseen(catalog.Server{Hidden: hidden}), db.unseen(catalog.Server{Hidden: hidden})}
	}
	if diff := cmp.Diff([]string{"", ""}, said(catalog.Hidden{Role: "app"})); diff != "" {
		t.Errorf("nothing is hidden: %s", diff)
	}
	const all = "PostgreSQL does not show the role \"App\":\n\n" +
		"    what 1 session of other roles does in this database, and since when: transactions in the way may be missing here\n" +
		"    how far 2 standbys or subscribers are behind\n\n" +
		"Later plans see it with:\n\n    GRANT pg_read_all_stats TO \"App\";"
	if diff := cmp.Diff([]string{all, ""}, said(catalog.Hidden{Role: "App", Sessions: 1, Followers: 2})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	statistics := func(s catalog.StatementStatistics) []string {
		db := newDatabase(nil, defaultSettings())
		return []string{db.statementUsage(s, nil), db.statementUsage(s, nil)}
	}
	const none = "No statement in pg_stat_statements names it. SELECT * names nothing, and the role sees only what it may read there."
	for name, test := range map[string]struct {
		statistics catalog.StatementStatistics
		want       []string
	}{
		"not installed": {catalog.StatementStatistics{}, []string{"", ""}},
		"readable":      {catalog.StatementStatistics{Schema: "public"}, []string{none, none}},
		"hidden": {catalog.StatementStatistics{Schema: "public", Hidden: 1200}, []string{
			none + "\n\n1,200 statements in pg_stat_statements belong to other roles, and are shown to members of pg_read_all_stats only.", none,
		}},
		"refused": {catalog.StatementStatistics{Schema: "public", Refused: "permission denied for view pg_stat_statements"}, []string{
			"pg_stat_statements is installed and cannot be read, so that no plan of this run says which statements use what goes: permission denied for view pg_stat_statements.", "",
		}},
	} {
		if diff := cmp.Diff(test.want, statistics(test.statistics)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package retypetest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const start = `
CREATE TABLE t (
	id integer GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 2) CONSTRAINT t_pkey PRIMARY KEY,
	parent_id integer CONSTRAINT t_parent_fkey REFERENCES t ON DELETE SET NULL,
	kind smallint NOT NULL DEFAULT -3,
	name text COLLATE "C",
	noise integer,
	CONSTRAINT t_kind_id_key UNIQUE (kind, id) INCLUDE (name),
	CONSTRAINT t_id_check CHECK (id > 0 AND id % 1000000 <> 999999)
);
CREATE SEQUENCE noise_seq AS integer OWNED BY t.noise;
COMMENT ON COLUMN t.id IS 'what a row is known by; it''s "the" key';
COMMENT ON CONSTRAINT t_pkey ON t IS 'the key';
COMMENT ON CONSTRAINT t_id_check ON t IS 'in range';
COMMENT ON SEQUENCE t_id_seq IS 'of the key';
ALTER TABLE t ALTER id SET STATISTICS 321, ALTER id SET (n_distinct = -0.5);
CREATE INDEX t_partial ON t (name) WHERE id > 10 AND name IS NOT NULL;
CREATE INDEX t_expression ON t (((id * 2) % 7), lower(name));
CREATE INDEX t_include ON t (name text_pattern_ops DESC NULLS LAST) INCLUDE (id) WITH (fillfactor = 70);
CREATE UNIQUE INDEX t_desc ON t (id DESC, name);
CREATE INDEX t_other ON t (name);
CREATE INDEX t_brin ON t USING brin (id);
COMMENT ON INDEX t_desc IS 'backwards';
ALTER TABLE t CLUSTER ON t_desc;
ALTER TABLE t REPLICA IDENTITY USING INDEX t_kind_id_key;
CREATE TABLE child (t_id integer NOT NULL CONSTRAINT child_t_fkey REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE, other bigint CONSTRAINT child_other_fkey REFERENCES t ON DELETE SET NULL ON UPDATE CASCADE);
COMMENT ON CONSTRAINT child_t_fkey ON child IS 'to the key';
GRANT SELECT ON t TO PUBLIC;
GRANT SELECT (id), UPDATE (id) ON t TO PUBLIC;
GRANT USAGE ON SEQUENCE t_id_seq TO PUBLIC;
INSERT INTO t (name, noise) SELECT 'row ' || n, n FROM generate_series(1, 500) AS n;
INSERT INTO child SELECT id, id FROM t WHERE id % 3 = 0;
UPDATE t SET parent_id = 10 WHERE id > 10;
`

var target = schema.QualifiedName{Schema: "public", Name: "t"}

// journey is a table on its way through phases.
type journey struct {
	*testing.T
	db     *pgtest.Database
	pool   *pgxpool.Pool
	server planner.Server
	ledger bool
	prior  schema.Table
	// writes is what code writes that knows nothing of a transition.
	writes string
}

func newJourney(t *testing.T, server *pgtest.Server) *journey {
	t.Helper()
	return newJourneyOf(t, server, start, startWrites)
}

func newJourneyOf(t *testing.T, server *pgtest.Server, start, writes string) *journey {
	t.Helper()
	j := &journey{T: t, db: server.Database(t), server: planner.Server{Version: server.Major * 10000, UTC: true}, writes: writes}
	config, err := pgxpool.ParseConfig(j.db.URL())
	if err != nil {
		t.Fatal(err)
	}
	executor.ConfigurePool(config)
	if j.pool, err = pgxpool.NewWithConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.pool.Close)
	j.db.Exec(t, start)
	j.prior = j.read()
	return j
}

func (j *journey) read() schema.Table {
	j.Helper()
	conn := j.db.Connect(j.T)
	defer conn.Close(j.Context())
	snapshot, err := catalog.Read(j.Context(), conn, catalog.Scope{Tables: []schema.QualifiedName{target}})
	if err != nil {
		j.Fatal(err)
	}
	return *snapshot.Table(target)
}

func (j *journey) plan(desired schema.Table, phase schema.Phase) planner.Plan {
	j.Helper()
	plan := j.planned(desired, phase)
	if plan.Failed() {
		for _, f := range plan.Findings {
			j.Log(f.Summary, f.Detail)
		}
		j.Fatal("refused")
	}
	return plan
}

// planned asks the server what a conversion means, as the provider does.
func (j *journey) planned(desired schema.Table, phase schema.Phase) planner.Plan {
	j.Helper()
	observed := j.read()
	conn := j.db.Connect(j.T)
	defer conn.Close(j.Context())
	desired, refused, err := catalog.Canonicalize(j.Context(), conn, desired, &observed)
	if err != nil || len(refused) > 0 {
		j.Fatal(err, refused)
	}
	return planner.PlanTable(planner.Change{Server: j.server, Phase: phase, LedgerMissing: !j.ledger}, desired, &j.prior, &observed)
}

// reach applies a phase as if each operation that leaves a trace were the last
// one before a crash: what follows is planned anew from the catalog.
func (j *journey) reach(desired schema.Table, phase schema.Phase) {
	j.Helper()
	for range 40 {
		operations := j.plan(desired, phase).Operations
		if len(operations) == 0 {
			return
		}
		last := slices.IndexFunc(operations, func(o planner.Operation) bool {
			return o.Class != planner.Batch && o.Class != planner.Verify && !o.Effect.Samples
		})
		j.run(operations[:last+1])
		j.write()
	}
	for _, o := range j.plan(desired, phase).Operations {
		j.Log(o.SQL())
	}
	j.Fatalf("%q has no end", phase)
}

func (j *journey) run(operations []planner.Operation) {
	j.Helper()
	if err := j.try(operations); err != nil {
		j.Fatal(err)
	}
}

func (j *journey) try(operations []planner.Operation) error {
	j.Helper()
	session, err := executor.New(j.pool, executor.Settings{}).Lock(j.Context(), target)
	if err != nil {
		j.Fatal(err)
	}
	defer session.Close()
	j.ledger = j.ledger || slices.ContainsFunc(operations, planner.CreatesLedger)
	return session.Run(j.Context(), operations)
}

// write writes as code does that knows nothing of a transition.
func (j *journey) write() {
	j.Helper()
	j.db.Exec(j.T, j.writes)
}

const startWrites = `
		INSERT INTO t (name, parent_id) VALUES ('written', 10), ('written', NULL);
		INSERT INTO child (t_id, other) SELECT max(id), max(id) FROM t WHERE id < 5000000000;
		UPDATE t SET noise = 0 WHERE id % 5 = 0;
		UPDATE t SET id = DEFAULT WHERE id = (SELECT min(t_id) FROM child);
		INSERT INTO t (id, name) OVERRIDING SYSTEM VALUE VALUES (12, 'again') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
		DELETE FROM t WHERE id = (SELECT min(t_id) FROM child)`

// definition is what pg_dump says, whatever the order of lines: a column that
// was retyped stands last.
func definition(t *testing.T, db *pgtest.Database) string {
	t.Helper()
	db.Exec(t, "DROP SCHEMA IF EXISTS pgphase CASCADE")
	lines := strings.Split(pgtest.PgDump(t, db), "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], ",")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (j *journey) expect(query, want string) {
	j.Helper()
	conn := j.db.Connect(j.T)
	defer conn.Close(j.Context())
	var got string
	if err := conn.QueryRow(j.Context(), query).Scan(&got); err != nil {
		j.Fatal(err)
	}
	if got != want {
		j.Errorf("%s: %s, want %s", query, got, want)
	}
}

// plainly is the table after ALTER TABLE alone.
func plainly(t *testing.T, server *pgtest.Server, column, newType string) (*journey, schema.Table) {
	t.Helper()
	plain := newJourney(t, server)
	plain.db.Exec(t, "ALTER TABLE t ALTER "+column+" TYPE "+newType)
	return plain, plain.read()
}

func TestRetypeKey(t *testing.T) {
	t.Parallel()
	server := pgtest.Shared(t, 15)
	plain, desired := plainly(t, server, "id", "bigint")
	j := newJourney(t, server)
	old := j.prior
	for _, phase := range []schema.Phase{schema.Expand, schema.Migrate, schema.Expand, schema.Migrate} {
		j.reach(desired, phase)
		j.write()
		j.expect("SELECT count(*)::text FROM child LEFT JOIN t ON t.id = t_id WHERE t.id IS NULL", "0")
	}
	// What the old type cannot hold does not refuse a write.
	j.db.Exec(t, "INSERT INTO t (id, name) OVERRIDING SYSTEM VALUE VALUES (5000000000, 'large')")
	j.prior = desired
	j.reach(desired, schema.Contract)
	j.expect("SELECT count(*)::text FROM t WHERE id = 5000000000 AND name = 'large'", "1")
	j.db.Exec(t, "DELETE FROM t WHERE id = 5000000000")
	j.write()
	if diff := cmp.Diff(definition(t, plain.db), definition(t, j.db)); diff != "" {
		t.Errorf("-plain +retyped\n%s", diff)
	}

	back := newJourney(t, server)
	back.reach(desired, schema.Migrate)
	back.write()
	back.prior = desired
	back.reach(old, schema.NoPhase)
	back.write()
	untouched := newJourney(t, server)
	if diff := cmp.Diff(definition(t, untouched.db), definition(t, back.db)); diff != "" {
		t.Errorf("-start +taken back\n%s", diff)
	}
}

func TestRetypeOthers(t *testing.T) {
	t.Parallel()
	server := pgtest.Shared(t, 15)
	for _, c := range []struct{ column, newType string }{{"kind", "integer"}, {"noise", "numeric"}, {"parent_id", "bigint"}} {
		plain, desired := plainly(t, server, c.column, c.newType)
		j := newJourney(t, server)
		j.reach(desired, schema.Expand)
		j.reach(desired, schema.Contract)
		j.write()
		// A plain change of type leaves a sequence behind that ends where the old type did.
		if c.column == "noise" {
			plain.db.Exec(t, "ALTER SEQUENCE noise_seq AS bigint")
		}
		if diff := cmp.Diff(definition(t, plain.db), definition(t, j.db)); diff != "" {
			t.Errorf("%s: -plain +retyped\n%s", c.column, diff)
		}
	}
}

// TestRetypeExhausted is what a key is retyped for: the sequence has come to the
// end of the old type. What is written from then on stands in the way back, and
// is not lost.
func TestRetypeExhausted(t *testing.T) {
	t.Parallel()
	server := pgtest.Shared(t, 15)
	_, desired := plainly(t, server, "id", "bigint")
	j := newJourney(t, server)
	j.db.Exec(t, "SELECT setval('t_id_seq', 2147483646)")
	j.run(j.plan(desired, schema.Expand).Operations)
	j.run(j.plan(desired, schema.Migrate).Operations)
	j.db.Exec(t, "INSERT INTO t (name) VALUES ('beyond')")
	j.expect("SELECT max(id)::text FROM t", "2147483648")

	back := j.plan(desired, schema.Expand)
	var refused *executor.VerifyError
	if err := j.try(back.Operations); !errors.As(err, &refused) {
		t.Errorf("going back with a value that does not fit: %v", err)
	}
	j.expect("SELECT max(id)::text FROM t", "2147483648")
	if len(back.Probes) != 1 {
		t.Fatalf("%d questions to the rows, want one", len(back.Probes))
	}
	j.expect(back.Probes[0].Query, "id = 2147483648")
}

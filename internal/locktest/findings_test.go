// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Ten facts about PostgreSQL that most linters of migrations miss or state
// wrongly. Each is measured here on every supported version, by the statement
// that a migration by hand would run; and each has the planner's answer to it.
// What the statements of that answer do is measured by TestDeclaredIsObserved
// and TestTypeMatrix.

func TestFinding01DroppingAForeignKeyLocksTheReferencedTable(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		const add = "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) NOT VALID"
		b := newBench(t, db, lockCase{base: referenced, have: add, plan: planForeignKey("f")})
		dropsKey := b.planNow()
		dropsTable := planner.PlanTableDrop(b.change, *b.read())
		dropsColumn := planner.PlanColumnDrop(b.change, *b.read(), *b.read().Column("a"))

		saw(t, "DROP CONSTRAINT", b.naive("ALTER TABLE t DROP CONSTRAINT f"), onBoth, instant)
		weaker := map[schema.Name]schema.LockMode{"t": schema.ShareRowExclusive, "p": schema.ShareRowExclusive}
		saw(t, "ADD CONSTRAINT", b.naive(add), weaker, instant)
		saw(t, "DROP COLUMN", b.naive("ALTER TABLE t DROP COLUMN a"), onBoth, instant)
		exec(t, b.conn, "ALTER TABLE t ADD COLUMN a integer; "+add)
		saw(t, "DROP TABLE", b.naive("DROP TABLE t"), onBoth, instant)

		// The foreign key goes alone, and says so; what follows locks t only.
		for what, plan := range map[string]planner.Plan{"key": dropsKey, "table": dropsTable, "column": dropsColumn} {
			answers(t, plan)
			for i, o := range plan.Operations {
				if locksP := strings.Contains(o.Lock(), "ACCESS EXCLUSIVE on public.p"); locksP != (i == 0) {
					t.Errorf("%s: operation %d takes %s", what, i+1, o.Lock())
				}
			}
		}
	})
}

func TestFinding02ATypeChangeWithoutRewriteRebuildsIndexes(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		const base = `CREATE EXTENSION citext;
			CREATE TABLE t (id integer PRIMARY KEY, at timestamp, a integer, w citext, x bit(5), b text);
			INSERT INTO t SELECT i, '2024-01-01', i, 'w' || i, B'10101', 'b' || i FROM generate_series(1, 500) AS i`
		for column, to := range map[string]string{"at": "timestamptz", "a": "oid", "w": "text", "x": "bit varying", "b": `text COLLATE "C"`} {
			change := "ALTER TABLE t ALTER " + column + " TYPE " + to
			saw(t, change, newBench(t, db, lockCase{base: base}).naive(change), onT, instant)
			b := newBench(t, db, lockCase{base: base + "; CREATE INDEX i ON t (" + column + ")", want: change, plan: planTable})
			plan := b.planNow()
			saw(t, change+" with an index", b.naive(change), onT, buildsIndexes)
			answers(t, plan)
		}
	})
}

func TestFinding03WideningRebuildsComputedIndexesAndProvesChecksAgain(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		for _, test := range []struct {
			with, to string
			effect   planner.Effect
		}{
			{"CREATE INDEX i ON t (v)", "varchar(100)", instant},
			{"CREATE INDEX i ON t (lower(v))", "varchar(100)", buildsIndexes},
			{"CREATE INDEX i ON t (lower(v))", "text", buildsIndexes},
			{"CREATE INDEX i ON t (a) WHERE v <> ''", "varchar(100)", buildsIndexes},
			{"ALTER TABLE t ADD CONSTRAINT c CHECK (v <> '')", "varchar(100)", scans},
			{"ALTER TABLE t ADD CONSTRAINT c CHECK (v <> '')", "text", scans},
			{"ALTER TABLE t ADD CONSTRAINT c CHECK (v <> '') NOT VALID", "varchar(100)", instant},
			{"ALTER TABLE t ADD CONSTRAINT c CHECK (a > -100)", "varchar(100)", instant},
		} {
			change := "ALTER TABLE t ALTER v TYPE " + test.to
			b := newBench(t, db, lockCase{base: plain + ";" + test.with, want: change, plan: planTable})
			plan := b.planNow()
			saw(t, test.with+"; "+change, b.naive(change), onT, test.effect)
			answers(t, plan)
		}
	})
}

func TestFinding04AnInlineCheckScansThoughTheColumnIsNull(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		const add = "ALTER TABLE t ADD COLUMN n integer"
		saw(t, add, newBench(t, db, lockCase{base: plain}).naive(add), onT, instant)
		b := newBench(t, db, lockCase{base: plain, want: add + " CONSTRAINT c CHECK (n > 0)", plan: planTable})
		plan := b.planNow()
		saw(t, "the same with a check", b.naive(add+" CONSTRAINT c CHECK (n > 0)"), onT, scans)
		answers(t, plan)
	})
}

func TestFinding05AnIdentityColumnRewrites(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		const base = "CREATE TABLE t (a integer); INSERT INTO t SELECT generate_series(1, 500)"
		const add = "ALTER TABLE t ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY"
		b := newBench(t, db, lockCase{base: base, want: add, plan: planTable})
		plan := b.planNow()
		saw(t, add, b.naive(add), onT, rewrites)
		answers(t, plan)
	})
}

func TestFinding06ANotNullThatIsNotValidLooksProven(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		const notValid = "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID"
		if db.Server.Major < 18 {
			if code := sqlstate(t, newBench(t, db, lockCase{base: plain}).conn, notValid); code != "42601" {
				t.Errorf("before PostgreSQL 18 it is no statement: SQLSTATE %s", code)
			}
			return
		}
		const wanted = "ALTER TABLE t ALTER a SET NOT NULL"
		b := newBench(t, db, lockCase{base: plain, have: notValid, want: wanted, plan: planTable})
		if !scalar[bool](t, b.eye, `SELECT attnotnull AND NOT convalidated AND is_nullable = 'NO'
			FROM pg_attribute JOIN pg_constraint ON conrelid = attrelid AND conname = 'n', information_schema.columns
			WHERE attrelid = 't'::regclass AND attname = 'a' AND table_name = 't' AND column_name = 'a'`) {
			t.Error("pg_attribute and information_schema tell that it is not proven")
		}
		plan := b.planNow()
		saw(t, wanted, b.naive(wanted), onT, scans)
		proof := newBench(t, db, lockCase{base: plain, have: notValid}).naive("ALTER TABLE t VALIDATE CONSTRAINT n")
		saw(t, "VALIDATE CONSTRAINT", proof, map[schema.Name]schema.LockMode{"t": schema.ShareUpdateExclusive}, scans)
		answers(t, plan)
	})
}

func TestFinding07ALockTimeoutLeavesAnInvalidIndex(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		b := newBench(t, db, lockCase{base: plain, want: "CREATE INDEX i ON t (a)", plan: planIndex("i")})
		writer := db.Connect(t)
		exec(t, writer, "BEGIN")
		exec(t, writer, "UPDATE t SET b = b WHERE id = 1")
		exec(t, b.conn, "SET lock_timeout = '50ms'")
		if code := sqlstate(t, b.conn, "CREATE INDEX CONCURRENTLY i ON t (a)"); code != "55P03" {
			t.Errorf("SQLSTATE %s", code)
		}
		exec(t, writer, "COMMIT")
		const invalid = "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"
		if !scalar[bool](t, b.eye, invalid) {
			t.Error("the index is valid")
		}
		if code := sqlstate(t, b.conn, "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)"); code != "" || !scalar[bool](t, b.eye, invalid) {
			t.Errorf("IF NOT EXISTS does something about it (SQLSTATE %s)", code)
		}
		plan := b.planNow()
		answers(t, plan)
		statements := statementsOf(plan.Operations)
		if len(statements) != 2 || !strings.HasPrefix(statements[0], "CREATE INDEX CONCURRENTLY i ") || statements[1] != "DROP INDEX CONCURRENTLY public.i" {
			t.Errorf("planned: %q", statements)
		}
	})
}

func TestFinding08DroppingTheReplicaIdentityStopsUpdates(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		const update, dropsKey = "UPDATE t SET b = b WHERE a = 1", "ALTER TABLE t DROP CONSTRAINT t_pkey"
		const byIndex = "ALTER TABLE t ALTER a SET NOT NULL; CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX i"
		published := "DROP PUBLICATION IF EXISTS everything;" + plain + "; CREATE PUBLICATION everything FOR TABLE t"
		for _, test := range []struct {
			have, drop, want string
			plan             planFunc
			hazard           hazard.ID
		}{
			{byIndex, "DROP INDEX i", "", planIndex("i"), hazard.IndexDropReplicaIdentity},
			{"", dropsKey, dropsKey + "; ALTER TABLE t ALTER id SET NOT NULL", planTable, hazard.PrimaryKeyDropBreaksDependents},
		} {
			b := newBench(t, db, lockCase{base: published, have: test.have, want: test.want, plan: test.plan})
			if code := sqlstate(t, b.conn, update); code != "" {
				t.Fatalf("%s before: SQLSTATE %s", update, code)
			}
			plan := b.planNow()
			if code := sqlstate(t, b.conn, test.drop); code != "" {
				t.Errorf("%s: SQLSTATE %s", test.drop, code)
			}
			if code := sqlstate(t, b.conn, update); code != "55000" {
				t.Errorf("%s after %s: SQLSTATE %s", update, test.drop, code)
			}
			refuses(t, plan, test.hazard)
		}
	})
}

func TestFinding09PreparedStatementsFailUntilTheyArePreparedAgain(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		for change, id := range map[string]hazard.ID{
			"ALTER TABLE t ADD COLUMN n integer":         hazard.ColumnAddBreaksStarClients,
			"ALTER TABLE t ALTER v TYPE varchar(100)":    hazard.ColumnTypeChangeBreaksClients,
			"ALTER TABLE t ALTER at TYPE timestamptz(6)": hazard.ColumnTypeChangeBreaksClients,
		} {
			b := newBench(t, db, lockCase{base: plain, want: change, plan: planTable})
			plan := b.planNow()
			plan.Findings = append(plan.Findings, planner.AdviseTable(*b.want, b.read())...)
			client := db.Connect(t)
			exec(t, client, "PREPARE everything AS SELECT * FROM t WHERE id = 1")
			exec(t, client, "PREPARE named AS SELECT id, b FROM t WHERE id = 1")
			exec(t, client, "EXECUTE everything")
			exec(t, client, "EXECUTE named")
			exec(t, b.conn, change)
			for i := range 3 {
				if code := sqlstate(t, client, "EXECUTE everything"); code != "0A000" {
					t.Errorf("%s: execution %d: SQLSTATE %q", change, i+1, code)
				}
			}
			exec(t, client, "DISCARD PLANS")
			if code := sqlstate(t, client, "EXECUTE everything"); code != "0A000" {
				t.Errorf("%s: DISCARD PLANS helps (SQLSTATE %q)", change, code)
			}
			exec(t, client, "EXECUTE named")
			exec(t, client, "DEALLOCATE everything")
			exec(t, client, "PREPARE everything AS SELECT * FROM t WHERE id = 1")
			exec(t, client, "EXECUTE everything")
			f := warns(t, plan, id)
			if !strings.Contains(f.Detail, "0A000") || !strings.Contains(f.Detail, "DEALLOCATE") || !strings.Contains(f.Detail, "not by DISCARD PLANS") {
				t.Errorf("%s: the advice is %q", change, f.Detail)
			}
		}
	})
}

func TestFinding10DropColumnTakesGeneratedColumnsAlongOnPostgreSQL14(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		b := newBench(t, db, lockCase{base: plain, have: "ALTER TABLE t ADD COLUMN g integer GENERATED ALWAYS AS (a * 2) STORED", plan: planColumnDrop("a")})
		plan := b.planNow()
		code := sqlstate(t, b.conn, "ALTER TABLE t DROP COLUMN a")
		gone := b.read().Column("g") == nil
		if silent := code == "" && gone; silent != (db.Server.Major == 14) || !silent && code != "2BP01" {
			t.Errorf("SQLSTATE %q, the generated column is gone: %t", code, gone)
		}
		want := hazard.ColumnDropBlockedByDependents
		if db.Server.Major == 14 {
			want = hazard.ColumnDropCollateralObjects
		}
		refuses(t, plan, want)
	})
}

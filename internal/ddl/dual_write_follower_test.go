// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// TestFollower retypes a column: before the swap of names the new one follows,
// after it the old one, as far as it can hold the values.
func TestFollower(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		table := schema.Table{Name: schema.QualifiedName{Schema: "public", Name: "users"}, Columns: []schema.Column{
			{Name: "key", Type: textType("integer")},
			{Name: "noise", Type: textType("integer"), Nullable: true},
			{Name: "shadow", Type: textType("bigint"), Nullable: true},
		}}
		before := schema.OpenTransition{
			Name: "pgphase_retype", Kind: schema.ColumnRetyped, Table: table.Name, Phase: schema.Expand,
			Old: []schema.Name{"key"}, New: []schema.Name{"shadow"}, Up: map[schema.Name]string{"shadow": ""},
		}
		ddl.NameFollower(&before)
		b := &bench{T: t, db: server.Database(t)}
		b.conn = b.db.Connect(t)
		b.exec(ddl.CreateTable(table), "INSERT INTO users VALUES (1)")
		b.exec(ddl.CreateLedger()...)
		b.exec(ddl.CreateFollower(before, table, ddl.OldLeads)...)
		b.exec("INSERT INTO users VALUES (2), (3)", "UPDATE users SET key = 30 WHERE key = 3", "INSERT INTO users VALUES (4, NULL, 99)")
		b.expect("SELECT key || '|' || coalesce(shadow, 0) FROM users ORDER BY key", "1|0\n2|2\n4|4\n30|30")
		b.expect(ddl.InconsistentFollower(before, table, ddl.OldLeads), "ctid = (0,1)")
		if got := b.fired("UPDATE users SET noise = 1"); got != 1 {
			b.Errorf("the trigger ran %d times, want once, for the row that has no shadow", got)
		}
		if got := b.fired("UPDATE users SET noise = 2"); got != 0 {
			b.Errorf("the trigger ran %d times for rows that have their shadow", got)
		}
		b.expect(ddl.InconsistentFollower(before, table, ddl.OldLeads), "")

		after := before
		after.Phase = schema.Migrate
		after.Old, after.New = []schema.Name{"shadow"}, []schema.Name{"key"}
		after.Up = map[schema.Name]string{"key": ""}
		after.Down = map[schema.Name]string{"shadow": "CASE WHEN ((key >= '-2147483648'::integer) AND (key <= 2147483647)) THEN (key)::integer ELSE NULL::integer END"}
		table.Columns[0].Type, table.Columns[2].Type = textType("bigint"), textType("integer")
		b.exec("BEGIN", "ALTER TABLE users RENAME COLUMN key TO swap", "ALTER TABLE users RENAME COLUMN shadow TO key",
			"ALTER TABLE users RENAME COLUMN swap TO shadow", "ALTER TABLE users ALTER COLUMN shadow DROP NOT NULL")
		b.exec(ddl.ReplaceFollower(after, table, ddl.NewLeads)...)
		b.exec("COMMIT", "INSERT INTO users (key) VALUES (5), (5000000000)", "UPDATE users SET key = 6000000000 WHERE key = 4", "UPDATE users SET key = 31 WHERE key = 30")
		// Without a list of columns the value lands in the old column, which has kept its place.
		b.exec("INSERT INTO users VALUES (7)")
		b.expect("SELECT key || '|' || coalesce(shadow, 0) FROM users ORDER BY key", "1|1\n2|2\n5|5\n7|7\n31|31\n5000000000|0\n6000000000|0")
		b.expect(ddl.InconsistentFollower(after, table, ddl.NewLeads), "")
		b.exec(ddl.DropDualWriteTrigger(after, table.Name)...)
		b.exec(ddl.DropColumn(table.Name, "shadow"))
		b.exec(ddl.DropDualWriteObjects(after)...)
	})
}

// TestFollowerLenient retypes a column whose values may not convert: an
// expression knows either side by the visible name.
func TestFollowerLenient(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		table := schema.Table{Name: schema.QualifiedName{Schema: "public", Name: "users"}, Columns: []schema.Column{
			{Name: "if", Type: textType("text"), Nullable: true},
			{Name: "shadow", Type: textType("integer"), Nullable: true},
		}}
		before := schema.OpenTransition{
			Name: "pgphase_retype", Kind: schema.ColumnRetyped, Table: table.Name, Phase: schema.Expand, Lenient: true,
			Old: []schema.Name{"if"}, New: []schema.Name{"shadow"}, Up: map[schema.Name]string{"shadow": "if::integer * 10"},
		}
		ddl.NameFollower(&before)
		b := &bench{T: t, db: server.Database(t)}
		b.conn = b.db.Connect(t)
		b.exec(ddl.CreateTable(table))
		b.exec(ddl.CreateLedger()...)
		b.exec(ddl.CreateFollower(before, table, ddl.OldLeads)...)
		b.exec("INSERT INTO users VALUES ('1'), ('x'), (NULL)", "UPDATE users SET if = '2' WHERE if = '1'")
		const rows = "SELECT coalesce(if::text, '') || '|' || coalesce(shadow::text, '') FROM users ORDER BY if"
		b.expect(rows, "2|20\nx|\n|")
		strict := before
		strict.Strict = true
		b.exec("BEGIN")
		b.exec(ddl.ReplaceFollowerFunction(strict, ddl.OldLeads)...)
		b.exec("COMMIT")
		if _, err := b.conn.Exec(t.Context(), "INSERT INTO users VALUES ('y')"); err == nil {
			t.Error("a value that does not convert was written to a strict column")
		}
		b.exec("DELETE FROM users WHERE if = 'x'", "INSERT INTO users VALUES ('3')")
		b.expect(ddl.InconsistentFollower(before, table, ddl.OldLeads), "")

		after := before
		after.Phase = schema.Migrate
		after.Old, after.New = []schema.Name{"shadow"}, []schema.Name{"if"}
		after.Up = map[schema.Name]string{"if": "if::integer * 10"}
		after.Down = map[schema.Name]string{"shadow": "(100 / (if - 50))::text"}
		table.Columns[0].Type, table.Columns[1].Type = textType("integer"), textType("text")
		b.exec("BEGIN", "ALTER TABLE users RENAME COLUMN if TO swap", "ALTER TABLE users RENAME COLUMN shadow TO if", "ALTER TABLE users RENAME COLUMN swap TO shadow")
		b.exec(ddl.ReplaceFollower(after, table, ddl.NewLeads)...)
		b.exec("COMMIT", "INSERT INTO users (if) VALUES (60), (50), (NULL)", "INSERT INTO users VALUES ('5')")
		// What down cannot give is left out; by its place, 5 was written to the old column.
		b.expect("SELECT coalesce(if::text, '') || '|' || coalesce(shadow, '') FROM users ORDER BY if", "20|2\n30|3\n50|\n50|\n60|10\n|\n|")
		b.exec("DELETE FROM users WHERE if = 50")
		b.expect(ddl.InconsistentFollower(after, table, ddl.NewLeads), "")
		b.expect("SELECT count(*)::text FROM ("+ddl.LostByReturn(after, table)+") AS lost", "1")
		b.expect(ddl.Bounded("SELECT 'x' FROM generate_series(1, 3)"), "x\nx\nx")
	})
}

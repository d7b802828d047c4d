// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The goals of a dual-write trigger: what a committed UPDATE of one row may take
// compared with one of the same table without a trigger. An unrelated one is to
// cost nothing measurable, which is what repeated measurements of one thing
// differ by.
const (
	goalUnrelated = 1.05
	goalMapped    = 1.5
)

// triggerRows are few, so that the table stays in memory.
const triggerRows = 10_000

// writing is a table that an application writes to, and how long that took.
type writing struct {
	title string
	table schema.QualifiedName
	// transition is open on the table unless it is nil.
	transition *schema.OpenTransition
	kinds      map[string]*updates
}

// updates are those of one kind: seconds for each, of the application and of
// the server's processors.
type updates struct{ elapsed, processor []float64 }

// updateKinds are what an application writes. Each is a statement and a
// transaction of its own, prepared.
var updateKinds = []struct{ name, set string }{
	{"unrelated", "n = n + 1"},
	{"mapped", "label = 'label ' || n || ' of ' || $2"},
}

func measureTriggers(ctx context.Context, w io.Writer, o options) (err error) {
	server, err := launchDurable(ctx, o.major)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	conn, err := connect(ctx, server.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()

	plain, renamed, computed := newWriting("no trigger", "plain"), newWriting("column renamed", "renamed"), newWriting("column computed", "computed")
	renamed.open(false)
	computed.open(true)
	all := []*writing{plain, renamed, computed}
	for _, t := range all {
		if err := t.create(ctx, conn); err != nil {
			return err
		}
	}
	for run := range o.runs {
		for _, kind := range updateKinds {
			for _, t := range all {
				if err := t.write(ctx, conn, kind.name, kind.set, o.updates, run); err != nil {
					return fmt.Errorf("%s, %s: %w", t.title, kind.name, err)
				}
			}
		}
	}
	for _, t := range all[1:] {
		if err := t.check(ctx, conn); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "## Dual-write trigger: updates of one row, each committed\n\n%s. Median of %d runs of %d updates of each kind, in turns.\n\n",
		serverVersion(server), o.runs, o.updates)
	fmt.Fprintf(w, "| update | table | time (µs) | ratio | processor time of the server (µs) | ratio |\n|---|---|---:|---:|---:|---:|\n")
	var goals []goal
	for _, kind := range updateKinds {
		for _, t := range all {
			it, without := t.kinds[kind.name], plain.kinds[kind.name]
			fmt.Fprintf(w, "| %s | %s | %.0f | %.2f | %.1f | %.2f |\n", kind.name, t.title,
				1e6*median(it.elapsed), ratio(it.elapsed, without.elapsed), 1e6*median(it.processor), ratio(it.processor, without.processor))
		}
	}
	fmt.Fprintln(w)
	for _, t := range all[1:] {
		goals = append(goals,
			atMost("times the time of an unrelated update, "+t.title, goalUnrelated, ratio(t.kinds["unrelated"].elapsed, plain.kinds["unrelated"].elapsed)),
			atMost("times the time of a mapped update, "+t.title, goalMapped, ratio(t.kinds["mapped"].elapsed, plain.kinds["mapped"].elapsed)))
	}
	writeGoals(w, goals...)
	return nil
}

func newWriting(title string, table schema.Name) *writing {
	w := &writing{title: title, table: schema.QualifiedName{Schema: "public", Name: table}, kinds: map[string]*updates{}}
	for _, kind := range updateKinds {
		w.kinds[kind.name] = &updates{}
	}
	return w
}

func (t *writing) open(expressions bool) {
	transition := transitionOf(t.table, expressions)
	t.transition = &transition
}

// create makes the table, with every row migrated: that is how most updates of
// a transition find it.
func (t *writing) create(ctx context.Context, conn *connection) error {
	statements := []string{
		"CREATE TABLE " + t.table.String() + " (id int PRIMARY KEY, label text, n int) WITH (fillfactor = 50)",
		fmt.Sprintf("INSERT INTO %s SELECT i, 'label ' || i, 0 FROM generate_series(1, %d) i", t.table, triggerRows),
	}
	if t.transition == nil {
		statements = append(statements, "ALTER TABLE "+t.table.String()+" ADD COLUMN title text", "UPDATE "+t.table.String()+" SET title = label")
	} else {
		// The trigger migrates a row with whatever update.
		statements = append(append(statements, expand(*t.transition)...), "UPDATE "+t.table.String()+" SET n = n")
	}
	return conn.run(ctx, append(statements, "VACUUM FULL ANALYZE "+t.table.String(), "CHECKPOINT")...)
}

func (t *writing) write(ctx context.Context, conn *connection, kind, set string, count, run int) error {
	statement := "UPDATE " + t.table.String() + " SET " + set + " WHERE id = $1 AND $2::text <> ''"
	if _, err := conn.Exec(ctx, statement, 0, "prepare"); err != nil {
		return err
	}
	processor, started := familyTime(conn.postmaster), time.Now()
	for i := range count {
		id := 1 + (i*7919+run)%triggerRows // scattered, each row as often as any other
		result, err := conn.Exec(ctx, statement, id, "run")
		if err != nil {
			return err
		}
		if result.RowsAffected() != 1 {
			return fmt.Errorf("%d rows of id %d", result.RowsAffected(), id)
		}
	}
	u := t.kinds[kind]
	u.elapsed = append(u.elapsed, time.Since(started).Seconds()/float64(count))
	u.processor = append(u.processor, (familyTime(conn.postmaster)-processor).Seconds()/float64(count))
	return conn.run(ctx, "VACUUM "+t.table.String())
}

// check makes sure that the trigger did its work.
func (t *writing) check(ctx context.Context, conn *connection) error {
	up := "label"
	if t.transition.Up["title"] != "" {
		up = t.transition.Up["title"]
	}
	var wrong int
	err := conn.QueryRow(ctx, "SELECT count(*) FROM "+t.table.String()+" WHERE title IS DISTINCT FROM "+up).Scan(&wrong)
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%s: %d rows of %s are not in step", t.title, wrong, t.table)
	}
	return err
}

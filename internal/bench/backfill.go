// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The goals of a backfill, against one UPDATE of the same table that does the
// same. Batches have to pay for what they spare the application: that
// transaction holds its rows, and the cleaning of every table, until it ends.
const (
	goalBackfillCPU   = 1.25
	goalBackfillSpeed = 0.9 // with one worker
	goalBackfillWAL   = 1.2
)

// backfillRuns bounds the runs: one of all kinds writes two gigabytes.
const backfillRuns = 3

var backfilled = schema.QualifiedName{Schema: "public", Name: "items"}

// filling is one way to fill a column of a table, and what it took.
type filling struct {
	title string
	// trigger says that the column replaces another one and has its dual-write
	// trigger, which lets a backfill pass.
	trigger bool
	// workers is 0 for one UPDATE.
	workers int

	speed, processor, wal []float64 // rows per second, seconds, bytes
}

// measureBackfills fills a new column: one by itself, and one of a transition.
func measureBackfills(ctx context.Context, w io.Writer, o options) (err error) {
	server, err := launchDurable(ctx, o.major)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	column := []*filling{{title: "one UPDATE"}, {title: "1 worker", workers: 1}, {title: "2 workers", workers: 2}}
	transition := []*filling{
		{title: "one UPDATE, trigger", trigger: true},
		{title: "1 worker, trigger", trigger: true, workers: 1},
		{title: "2 workers, trigger", trigger: true, workers: 2},
	}
	runs := min(o.runs, backfillRuns)
	for range runs {
		for _, f := range slices.Concat(column, transition) {
			if err := f.measure(ctx, server, o.rows); err != nil {
				return fmt.Errorf("%s: %w", f.title, err)
			}
		}
	}
	fmt.Fprintf(w, "## Backfill of %d rows\n\n%s. Median of %d runs of each kind, in turns. With a trigger: the column replaces another one, "+
		"and the dual-write trigger lets the fill pass. Ratios to one UPDATE of the same table.\n\n", o.rows, serverVersion(server), runs)
	fmt.Fprintf(w, "| | rows/s | ratio | processor time of the server (s) | ratio | WAL (MB) | ratio |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, kind := range [][]*filling{column, transition} {
		for _, f := range kind {
			fmt.Fprintf(w, "| %s | %.0f | %.2f | %.2f | %.2f | %.1f | %.2f |\n", f.title, median(f.speed), ratio(f.speed, kind[0].speed),
				median(f.processor), ratio(f.processor, kind[0].processor), median(f.wal)/1e6, ratio(f.wal, kind[0].wal))
		}
	}
	fmt.Fprintf(w, "\nThe trigger alone, without firing: %.2f times the processor time of one UPDATE, %.2f times its WAL.\n\n",
		ratio(transition[0].processor, column[0].processor), ratio(transition[0].wal, column[0].wal))
	var goals []goal
	for _, kind := range [][]*filling{column, transition} {
		plain := kind[0]
		for _, f := range kind[1:] {
			goals = append(goals, atMost("times the processor time, "+f.title, goalBackfillCPU, ratio(f.processor, plain.processor)))
			if f.workers == 1 {
				goals = append(goals, atLeast("times the rows per second, "+f.title, goalBackfillSpeed, ratio(f.speed, plain.speed)))
			}
			goals = append(goals, atMost("times the WAL, "+f.title, goalBackfillWAL, ratio(f.wal, plain.wal)))
		}
	}
	writeGoals(w, goals...)
	return nil
}

// ratio compares measurements that were made in turns: each with the one beside
// it, as what else the machine does changes in the meantime.
func ratio(a, b []float64) float64 {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

func (f *filling) measure(ctx context.Context, server *pgtest.Server, rows int) (err error) {
	conn, err := connect(ctx, server.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	transition := transitionOf(backfilled, true)
	setup := []string{
		"DROP TABLE IF EXISTS public.items", "DROP SCHEMA IF EXISTS pgphase CASCADE",
		"CREATE TABLE public.items (id int PRIMARY KEY, label text, n int)",
		fmt.Sprintf("INSERT INTO public.items SELECT i, 'item ' || i, 0 FROM generate_series(1, %d) i", rows),
	}
	operation := fill(transition)
	if f.trigger {
		setup = append(setup, expand(transition)...)
	} else {
		setup = append(append(setup, ddl.CreateLedger()...), "ALTER TABLE public.items ADD COLUMN title text")
		operation.Backfill.Transition = ""
	}
	if err := conn.run(ctx, append(setup, "VACUUM ANALYZE public.items", "CHECKPOINT")...); err != nil {
		return err
	}
	wal, err := conn.written(ctx)
	if err != nil {
		return err
	}
	processor, started := familyTime(conn.postmaster), time.Now()
	if f.workers == 0 {
		err = conn.run(ctx, "SET "+ddl.BackfillGuard+" = 'on'", "UPDATE public.items SET title = upper(label) WHERE title IS NULL")
	} else {
		err = runOperation(ctx, server.URL("postgres"), f.workers, operation)
	}
	elapsed := time.Since(started)
	if err != nil {
		return err
	}
	f.speed = append(f.speed, float64(rows)/elapsed.Seconds())
	f.processor = append(f.processor, (familyTime(conn.postmaster) - processor).Seconds())
	end, err := conn.written(ctx)
	if err != nil {
		return err
	}
	f.wal = append(f.wal, end-wal)
	var right int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM public.items WHERE title = upper(label) AND label = 'item ' || id").Scan(&right); err != nil {
		return err
	}
	if right != rows {
		return fmt.Errorf("%d of %d rows are filled", right, rows)
	}
	return nil
}

// runOperation runs an operation as an apply does.
func runOperation(ctx context.Context, url string, workers int, operation planner.Operation) error {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	executor.ConfigurePool(config)
	executor.ReserveWorkers(config, workers)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer pool.Close()
	session, err := executor.New(pool, executor.Settings{Workers: workers}).Lock(ctx, backfilled)
	if err != nil {
		return err
	}
	defer session.Close()
	return session.Run(ctx, []planner.Operation{operation})
}

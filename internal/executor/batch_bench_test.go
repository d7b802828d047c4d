// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

const benchmarkRows = 1_000_000

// BenchmarkBackfill fills a column of a million rows with one plain UPDATE and
// with one and two workers, with a ledger, and reports rows per second, WAL and
// the server's processor time: for a column by itself, and for one of a
// transition, whose trigger the plain UPDATE does not have. It takes minutes:
//
//	go test -run '^$' -bench Backfill -benchtime 1x ./internal/executor
func BenchmarkBackfill(b *testing.B) {
	server := pgtest.Start(b, pgtest.Newest(), pgtest.Durable(), pgtest.Setting("max_wal_size", "8GB"),
		pgtest.Setting("shared_buffers", "512MB"), pgtest.Setting("autovacuum", "off"))
	for _, kind := range []struct {
		title  string
		expand []string
		plain  string
		fill   planner.Operation
	}{
		{"column", nil, "UPDATE public.items SET twin = id WHERE twin IS NULL", fillTwin("id")},
		{"transition", expandShouting(), "UPDATE public.items SET shout = upper(label) WHERE shout IS NULL", fillShout()},
	} {
		for _, workers := range []int{0, 1, 2} {
			title := fmt.Sprintf("%s/workers=%d", kind.title, workers)
			setup := append(ddl.CreateLedger(), kind.expand...)
			run := func(ctx context.Context, pool *pgxpool.Pool) error {
				session, err := New(pool, Settings{Workers: workers}).Lock(ctx, items)
				if err != nil {
					return err
				}
				defer session.Close()
				return session.Run(ctx, []planner.Operation{kind.fill})
			}
			if workers == 0 {
				title = kind.title + "/plain"
				if len(kind.expand) > 0 {
					setup = kind.expand[:1]
				}
				run = func(ctx context.Context, pool *pgxpool.Pool) error {
					_, err := pool.Exec(ctx, kind.plain)
					return err
				}
			}
			b.Run(title, func(b *testing.B) {
				for range b.N {
					b.StopTimer()
					measureBackfill(b, server, setup, run)
				}
			})
		}
	}
}

func measureBackfill(b *testing.B, server *pgtest.Server, setup []string, run func(context.Context, *pgxpool.Pool) error) {
	b.Helper()
	db := server.Database(b)
	db.Exec(b, "CREATE TABLE public.items (id int PRIMARY KEY, label text, twin int)")
	db.Exec(b, fmt.Sprintf("INSERT INTO public.items SELECT i, 'item ' || i FROM generate_series(1, %d) i", benchmarkRows))
	for _, sql := range append(slices.Clone(setup), "VACUUM ANALYZE public.items", "CHECKPOINT") {
		db.Exec(b, sql)
	}
	config, err := pgxpool.ParseConfig(db.URL())
	if err != nil {
		b.Fatal(err)
	}
	ConfigurePool(config)
	ReserveWorkers(config, 2)
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()

	conn := db.Connect(b)
	var backend int
	if err := conn.QueryRow(b.Context(), "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		b.Fatal(err)
	}
	postmaster := processOf(backend).parent
	wal := func() (bytes float64) {
		if err := conn.QueryRow(b.Context(), "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").Scan(&bytes); err != nil {
			b.Fatal(err)
		}
		return bytes
	}
	walBefore, processor := wal(), serverTime(postmaster)
	start := time.Now()
	b.StartTimer()
	err = run(b.Context(), pool)
	b.StopTimer()
	elapsed := time.Since(start)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(benchmarkRows/elapsed.Seconds(), "rows/s")
	b.ReportMetric((wal()-walBefore)/(1<<20), "WAL-MB")
	b.ReportMetric((serverTime(postmaster) - processor).Seconds(), "server-CPU-s")
	var left int
	if err := conn.QueryRow(b.Context(), "SELECT count(*) FROM public.items i WHERE coalesce(twin::text, to_jsonb(i) ->> 'shout') IS NULL").Scan(&left); err != nil || left != 0 {
		b.Fatalf("%d rows are left, %v", left, err)
	}
}

// process is what Linux says about a process: its parent, and the processor
// time of itself and of its children that have ended.
type process struct {
	parent int
	time   time.Duration
}

func processOf(pid int) process {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return process{}
	}
	// The name of the program, in parentheses, may hold blanks.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	field := func(n int) int { // of the manual page proc_pid_stat(5)
		value, _ := strconv.Atoi(fields[n-3])
		return value
	}
	const ticks = 100 // sysconf(_SC_CLK_TCK)
	return process{field(4), time.Duration(field(14)+field(15)+field(16)+field(17)) * time.Second / ticks}
}

// serverTime is the processor time of a postmaster and its processes.
func serverTime(postmaster int) time.Duration {
	total := processOf(postmaster).time
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if p := processOf(pid); p.parent == postmaster {
				total += p.time
			}
		}
	}
	return total
}

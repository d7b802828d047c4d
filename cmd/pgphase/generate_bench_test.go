// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// largeSchema makes 1,400 tables with 14,000 columns, 6,000 indexes of their own,
// and 2,300 foreign keys.
const largeSchema = `DO $$ BEGIN
	FOR t IN 0..1399 LOOP
		EXECUTE format('CREATE TABLE table_%s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT %L, kind varchar(20) CHECK (kind IN (%L, %L)),
			at timestamptz NOT NULL DEFAULT now(), price numeric(10,2), other_1 bigint, other_2 bigint, data jsonb, tags text[], note text)', t, 'x', 'a', 'b');
		FOR i IN 1..4 + (t % 7 < 2)::int LOOP
			EXECUTE format('CREATE INDEX table_%s_%s ON table_%s (%s)', t, i, t, (ARRAY['name', 'at DESC, kind', 'lower(note)', 'other_1', 'other_2 NULLS FIRST'])[i]);
		END LOOP;
		EXECUTE format('ALTER TABLE table_%s ADD FOREIGN KEY (other_1) REFERENCES table_%s ON DELETE CASCADE', t, t / 2);
		IF t % 14 < 9 THEN
			EXECUTE format('ALTER TABLE table_%s ADD FOREIGN KEY (other_2) REFERENCES table_%s', t, t / 3);
		END IF;
	END LOOP;
END $$`

// BenchmarkGenerate writes the configuration of such a database, by a process of
// its own: make bench-generate. It took 2.7 s of processor time and 110 MB, besides
// what the server took, on a machine of two processors that had much else to do.
func BenchmarkGenerate(b *testing.B) {
	db := pgtest.Shared(b, pgtest.Newest()).Database(b)
	db.Exec(b, "SET max_parallel_workers = 0; "+largeSchema)
	program := filepath.Join(b.TempDir(), "pgphase")
	if output, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	var memory int64
	var processor time.Duration
	for b.Loop() {
		command := exec.CommandContext(b.Context(), program, "generate", "-url", db.URL(), "-out", filepath.Join(b.TempDir(), fmt.Sprint(b.Elapsed())))
		var stderr bytes.Buffer
		command.Stderr = &stderr
		if err := command.Run(); err != nil {
			b.Fatalf("%v\n%s", err, &stderr)
		}
		processor += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
		if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
			memory = max(memory, usage.Maxrss)
		}
		if !bytes.HasPrefix(stderr.Bytes(), []byte("1400 tables")) {
			b.Fatalf("another schema:\n%s", &stderr)
		}
	}
	if runtime.GOOS == "linux" {
		memory *= 1024 // kilobytes there
	}
	b.ReportMetric(float64(memory)/(1<<20), "MB")
	b.ReportMetric(processor.Seconds()/float64(b.N), "cpu-s/op")
}

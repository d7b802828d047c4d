// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// One apply of many sequences, with the provider killed by SIGKILL again and
// again, each time in the middle of several tables. The server is left to notice
// by itself, and each next apply meets what it is still at. Terraform lives: it
// truncates its state before it writes it, so that no kill at that moment could
// be survived.
func TestAccKilled(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	server := pgtest.Shared(t, pgtest.Newest())
	reference, db := server.Database(t), server.Database(t)

	undisturbed := newCrowd(t, reference, disturbed(server.Major))
	d := newDirect(t, reference.URL())
	d.mustApply(undisturbed.base)
	undisturbed.load(t, reference)
	d.mustApply(undisturbed.change)

	all := newCrowd(t, db, disturbed(server.Major))
	c := newCLI(t, db)
	c.settings = "  deletion_protection = false"
	c.write(all.base)
	c.mustApply()
	all.load(t, db)

	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for round := 1; ; round++ {
		after := int64(5 + random.IntN(10))
		when := []moment{before, unheard}[random.IntN(2)]
		var sent atomic.Int64
		w := newWire(t, server, func(sql string) moment {
			if isRead(sql) || control.MatchString(sql) || strings.Contains(sql, "pg_temp.") || sent.Add(1) != after {
				return passes
			}
			return when
		})
		c.url = w.url(db)
		c.write(all.change)
		r := c.start("apply", "-no-color", "-input=false", "-auto-approve")
		select {
		case <-w.stopped:
			r.killProvider()
			w.sever()
			if output, code := r.wait(); code != 1 {
				t.Fatalf("seed %d, round %d: exit code %d\n%s", seed, round, code, output)
			}
			continue
		case <-r.ended:
		}
		output, code := r.wait()
		w.sever()
		if code != 0 {
			t.Fatalf("seed %d, round %d: exit code %d\n%s", seed, round, code, output)
		}
		t.Logf("killed %d times", round-1)
		break
	}
	c.url = db.URL()
	c.write(all.change)
	c.mustPlanNothing()
	mustLeaveNothing(t, db.Connect(t))
	if diff := gocmp.Diff(pgtest.PgDump(t, reference), pgtest.PgDump(t, db)); diff != "" {
		t.Errorf("seed %d: undisturbed (-), killed (+):\n%s", seed, diff)
	}
}

// disturbed are sequences of each class of statement, for failures that cannot
// be had by the hundred.
func disturbed(major int) []sequence {
	var list []sequence
	for _, s := range sequencesOf(major) {
		switch s.name {
		case "table/create", "column/add required", "check/add", "unique/redefine", "foreign key/add", "index/redefine",
			"type/widen with computed index and check", "partitioned/index create":
			list = append(list, s)
		}
	}
	return list
}

// The server ends the session, or all of it goes down, at each statement. The
// apply says so, and the next one goes on.
func TestServerGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		goes func(f *fault)
		// each is how many statements lie between two failures.
		each int
	}{
		"session terminated": {func(f *fault) { endSessions(f, f.conn) }, 1},
		"immediate shutdown": {func(f *fault) {
			if err := f.db.Server.Halt(f.Context(), pgtest.Immediate); err != nil {
				f.Error(err)
			}
			if err := f.db.Server.Resume(f.Context()); err != nil {
				f.Error(err)
			}
		}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := pgtest.Start(t, pgtest.Newest())
			for _, s := range disturbed(server.Major) {
				t.Run(s.name, func(t *testing.T) {
					db := server.Database(t)
					f := &fault{T: t, db: db, conn: db.Connect(t), sequence: s}
					f.prepare()
					for i := 0; i < len(f.sent); i += test.each {
						f.disturb(i, test.goes)
					}
					f.compare()
				})
			}
		})
	}
}

// disturb lets the server go away when a statement is about to be sent.
func (f *fault) disturb(statement int, goes func(*fault)) {
	f.Helper()
	f.db.Exec(f, f.begin)
	f.load(f, f.db, "app")
	next := 0
	w := newWire(f, f.db.Server, func(sql string) moment {
		if next < len(f.sent) && sql == f.sent[next].sql {
			if next++; next-1 == statement {
				goes(f)
			}
		}
		return passes
	})
	d := f.before.fork(w.url(f.db))
	how := "the server goes away before statement " + f.sent[statement].sql
	err := d.apply(f.changes)
	if err == nil {
		f.Fatalf("%s: no error", how)
	}
	if !strings.Contains(err.Error(), "the connection to the server was lost") {
		f.Errorf("%s: it says %v", how, err)
	}
	w.sever()
	f.conn = f.db.Connect(f)
	d.settings["url"] = f.db.URL()
	changes, err := d.plan(f.change)
	if err == nil {
		err = d.apply(changes)
	}
	if err != nil {
		f.Fatalf("%s: the next apply fails: %v", how, err)
	}
	f.finish(how, d)
}

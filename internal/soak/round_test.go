// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/dualmodel"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// round is one transition, all the way. Its choices follow from the seed; when
// things happen does not.
type round struct {
	*testing.T
	seed  uint64
	major int
	*transition
	path []state
	// rows are there from the beginning.
	rows  int
	fault fault
	// at is the step of the path that the fault hits.
	at int

	server    *pgtest.Server
	db        *pgtest.Database
	workspace *terraform.Workspace
	crowd     *crowd
	loaded    map[int]dualmodel.Row
	// hit says that the fault came while the apply was at work.
	hit     bool
	widened bool
	applies int
	elapsed time.Duration
}

// newRound draws a round. Successive seeds go through all transitions and all
// versions.
func newRound(seed uint64, majors []int) *round {
	random := rand.New(rand.NewPCG(seed, 0))
	r := &round{seed: seed, major: majors[seed%uint64(len(majors))]}
	r.transition = kinds[seed%uint64(len(kinds))](random, r.major)
	r.path = r.walk(random)
	r.rows = 50 + random.IntN(4000)
	r.at = random.IntN(len(r.path))
	r.fault = newFault(random)
	return r
}

func (r *round) String() string {
	steps := make([]string, len(r.path))
	for i, s := range r.path {
		if steps[i] = string(s); i == r.at {
			steps[i] += "*"
		}
	}
	return fmt.Sprintf("seed %d: PostgreSQL %d, %s, not null %t, %d rows, %s; * %s", r.seed, r.major, r.kind, r.notNull, r.rows, strings.Join(steps, " "), r.fault)
}

// run goes through the round.
func (r *round) run(t *testing.T, provider string) {
	r.T = t
	t.Log(r)
	begun := time.Now()
	defer func() { r.elapsed = time.Since(begun) }()
	if r.fault.kind == crash {
		r.server = pgtest.Start(t, r.major)
	} else {
		r.server = pgtest.Shared(t, r.major)
	}
	r.db = r.server.Database(t)
	// A killed provider's session ends when the server notices.
	r.db.TolerateSessions()
	defer func() {
		if t.Failed() {
			t.Logf("the schema then:\n%s", pgtest.PgDump(t, r.db))
		}
	}()
	r.prepare(provider)

	r.crowd = &crowd{transition: r.transition, major: r.major, url: r.db.URL(), regime: r.settled(start)}
	r.crowd.begin(t.Context(), r.seed)
	defer r.crowd.end()
	r.rest(start, 5)
	at := start
	for i, next := range r.path {
		r.crowd.allow(r.between(at, next))
		r.step(next, i == r.at)
		at = next
		if err := r.crowd.settle(t.Context(), modeOf(at), at == migrate, r.loaded); err != nil {
			t.Fatalf("after step %d, %s: %v", i+1, at, err)
		}
		r.widenIfLast(i)
		r.crowd.allow(r.settled(at))
		r.rest(at, 10)
	}
	r.crowd.end()
	if err := errors.Join(r.crowd.failure(), r.crowd.settle(t.Context(), newOnly, true, r.loaded)); err != nil {
		t.Fatalf("in the end: %v", err)
	}
	r.finish()
}

// rest lets the writers write for a while, and looks at what became of it.
func (r *round) rest(at state, writes int64) {
	r.Helper()
	if err := r.crowd.awaitWrites(r.Context(), writes); err != nil {
		r.Fatalf("in %s: %v", at, err)
	}
	if err := r.crowd.settle(r.Context(), modeOf(at), at == migrate, r.loaded); err != nil {
		r.Fatalf("in %s: %v", at, err)
	}
}

func modeOf(s state) mode {
	switch s {
	case start:
		return oldOnly
	case contract:
		return newOnly
	case expand, migrate:
	}
	return both
}

// settled is what writers may do while nothing is applied.
func (r *round) settled(s state) regime {
	g := regime{modes: []mode{modeOf(s)}}
	switch s {
	case start:
		g.styles, g.tables = []style{oldStyle, unrelated}, r.names[:1]
	case contract:
		g.styles, g.tables = []style{newStyle, unrelated}, r.names[1:]
	case expand, migrate:
		g.styles, g.tables = []style{oldStyle, newStyle, dualStyle, unrelated}, r.names[:]
	}
	g.wide = r.widened
	return g
}

// between is what writers may do during an apply: what is right before and
// after it.
func (r *round) between(from, to state) regime {
	g := r.settled(from)
	switch {
	case from == start:
		// The first apply of a transition: nobody knows the new structure yet.
	case to == start:
		// The last writers of new code are gone.
		g.styles, g.tables = []style{oldStyle, unrelated}, r.names[:1]
	case to == contract:
		g.styles, g.tables = []style{newStyle, unrelated}, r.names[1:]
	}
	if !slices.Contains(g.modes, modeOf(to)) {
		g.modes = append(g.modes, modeOf(to))
	}
	g.filling = to == migrate || to == contract
	return g
}

// widenIfLast allows values of the new structure that the old one cannot hold,
// once there is no way back any more.
func (r *round) widenIfLast(step int) {
	r.Helper()
	if r.widen == "" || r.widened || r.path[step] != contract && (r.path[step] != migrate || r.path[step+1] != contract) {
		return
	}
	r.db.Exec(r, r.widen)
	r.widened = true
}

// prepare makes the table, by Terraform, and fills it.
func (r *round) prepare(provider string) {
	r.Helper()
	r.workspace = newWorkspace(r.T, provider)
	r.configure(start)
	if _, err := r.workspace.Do(r.Context(), "apply", "-no-color", "-input=false", "-auto-approve"); err != nil {
		r.Fatal(err)
	}
	if r.kind == "retype" {
		r.db.Exec(r, fmt.Sprintf("INSERT INTO p SELECT generate_series(1, %d)", parents))
	}
	r.load(rand.New(rand.NewPCG(r.seed, 99)))
}

// load inserts the rows that nobody writes afterwards.
func (r *round) load(random *rand.Rand) {
	r.Helper()
	r.loaded = map[int]dualmodel.Row{}
	var records []string
	for id := 1; id <= r.rows; id++ {
		row := dualmodel.Row{Old: r.draw(random, false, false), New: make([]dualmodel.Value, len(r.new))}
		r.loaded[id] = row
		record := strconv.Itoa(id)
		for _, v := range row.Old {
			record += ", " + literal(v)
		}
		records = append(records, "("+record+")")
	}
	for part := range slices.Chunk(records, 500) {
		r.db.Exec(r, fmt.Sprintf("INSERT INTO t (id, %s) VALUES %s", strings.Join(names(r.old), ", "), strings.Join(part, ", ")))
	}
}

// configure writes the configuration of a state.
func (r *round) configure(s state) {
	r.Helper()
	content := terraform.ProviderBlock(fmt.Sprintf("  url = %q\n  lock_timeout = \"200ms\"\n  lock_deadline = \"2m\"\n  deletion_protection = false", r.db.URL())) +
		"\n" + r.config(s)
	if err := r.workspace.Write("main.tf", content); err != nil {
		r.Fatal(err)
	}
}

// step applies the configuration of a state, with the fault or without.
func (r *round) step(s state, faulty bool) {
	r.Helper()
	r.configure(s)
	for tries := 1; ; tries++ {
		r.applies++
		watch := r.fault.watch(r)
		if !faulty || tries > 1 {
			watch = nil
		}
		result, err := r.workspace.RunWatched(r.Context(), watch, "apply", "-no-color", "-input=false", "-auto-approve")
		if err != nil {
			r.Fatal(err)
		}
		if result.Code == 0 {
			return
		}
		if watch == nil || !r.hit {
			r.Fatalf("%s, apply %d: exit code %d\n%s", s, tries, result.Code, fromFirstError(result.Output))
		}
		r.Logf("%s, apply %d, as it was hit: %s", s, tries, firstLine(fromFirstError(result.Output)))
	}
}

func fromFirstError(output string) string {
	if at := strings.Index(output, "Error: "); at >= 0 {
		return output[at:]
	}
	return output
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// finish checks that nothing is left to do and nothing left over.
func (r *round) finish() {
	r.Helper()
	result, err := r.workspace.Run(r.Context(), "plan", "-no-color", "-input=false", "-detailed-exitcode")
	if err != nil {
		r.Fatal(err)
	}
	if result.Code != 0 {
		r.Errorf("the last plan: exit code %d\n%s", result.Code, result.Output)
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
	defer cancel()
	conn := r.db.Connect(r)
	var left []string
	if err := conn.QueryRow(ctx, leftOver).Scan(&left); err != nil {
		r.Fatal(err)
	}
	for _, object := range left {
		r.Errorf("left over: %s", object)
	}
	if r.Failed() {
		return
	}
	// What else is in the schema keeps it from being dropped.
	r.db.Exec(r, "DROP TABLE pgphase.history, pgphase.progress, pgphase.transitions; DROP SCHEMA pgphase")
	twin := r.server.Database(r)
	twin.Exec(r, r.before+r.plainly)
	if diff := cmp.Diff(lines(pgtest.PgDump(r, twin)), lines(pgtest.PgDump(r, r.db))); diff != "" {
		r.Errorf("- by hand, + by pgphase:\n%s", diff)
	}
}

// leftOver lists what a transition may not leave. The columns of an index keep
// the names that those of the table had when it was built, which nothing but a
// look at pg_attribute shows; so it is after any RENAME COLUMN.
const leftOver = `SELECT coalesce(array_agg(name), '{}') FROM (
	SELECT 'relation ' || oid::regclass AS name FROM pg_class WHERE relname LIKE '%pgphase%' AND relnamespace <> 'pgphase'::regnamespace
	UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class WHERE relnamespace = 'pgphase'::regnamespace AND relkind IN ('r', 'v', 'S')
		AND relname NOT IN ('history', 'history_id_seq', 'progress', 'transitions')
	UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE '%pgphase%'
	UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'pgphase'::regnamespace
	UNION ALL SELECT 'column ' || attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
		WHERE attname LIKE '%pgphase%' AND NOT attisdropped AND relkind NOT IN ('i', 'I')
	UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE conname LIKE '%pgphase%' AND connamespace <> 'pgphase'::regnamespace
	UNION ALL SELECT 'constraint ' || conname || ' is NOT VALID' FROM pg_constraint WHERE NOT convalidated
	UNION ALL SELECT 'index ' || indexrelid::regclass || ' is not finished' FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)
	UNION ALL SELECT 'open transition ' || name FROM pgphase.transitions WHERE contracted_at IS NULL AND rolled_back_at IS NULL
	UNION ALL SELECT 'progress of ' || transition FROM pgphase.progress
) AS objects`

var castDefault = regexp.MustCompile(`DEFAULT '(\d+)'::\w+`)

// lines are those of a dump, without regard to the order of columns, and to how
// the default of a column is spelled whose type has become another one.
func lines(dump string) []string {
	var list []string
	for line := range strings.Lines(castDefault.ReplaceAllString(dump, "DEFAULT $1")) {
		list = append(list, strings.TrimRight(line, ",\n"))
	}
	slices.Sort(list)
	return list
}

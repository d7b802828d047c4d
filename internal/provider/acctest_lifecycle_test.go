// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// lifecycle applies a configuration step by step and holds the database against
// a twin, to which somebody does the same by hand. What pgphase does in many
// safe steps ends in the same schema as what SQL does in one.
type lifecycle struct {
	*cli
	server *pgtest.Server
	db     *pgtest.Database
	twin   *pgtest.Database
	// anyName matches names that differ between both, such as PostgreSQL and
	// pgphase choose them for the index of a partition.
	anyName *regexp.Regexp
}

// lifecycleStep is one change. Lines that end in "# 15+" or "# <15", in SQL
// "-- 15+" and "-- <15", are for these versions only.
type lifecycleStep struct {
	title string
	hcl   string
	// sql is what a person would run.
	sql string
	// before is run in both databases first: what pgphase has no part in.
	before string
}

func newLifecycle(t *testing.T, server *pgtest.Server) *lifecycle {
	t.Helper()
	l := &lifecycle{server: server, twin: server.Database(t), db: server.Database(t)}
	l.cli = newCLI(t, l.db)
	return l
}

// run applies the steps, each of which has to leave nothing to plan and what
// SQL leaves.
func (l *lifecycle) run(t *testing.T, steps []lifecycleStep) {
	t.Helper()
	for _, step := range steps {
		l.step(t, step)
		if t.Failed() {
			t.FailNow()
		}
	}
}

func (l *lifecycle) step(t *testing.T, step lifecycleStep) {
	t.Helper()
	if step.before != "" {
		l.db.Exec(t, forVersion(l.server.Major, step.before))
		l.twin.Exec(t, forVersion(l.server.Major, step.before))
	}
	l.write(forVersion(l.server.Major, step.hcl))
	if output, code := l.apply(); code != 0 {
		t.Fatalf("%s: apply: exit code %d\n%s", step.title, code, errorsOf(output))
	}
	if step.sql != "" {
		l.twin.Exec(t, forVersion(l.server.Major, step.sql))
	}
	l.compare(t, step.title)
	if output, code := l.plan(); code != 0 {
		t.Errorf("%s: the plan that follows: exit code %d\n%s", step.title, code, output)
	}
}

// errorsOf leaves out what precedes the first error: warnings, of which a change
// of everything has many.
func errorsOf(output string) string {
	if _, errors, found := strings.Cut(output, "\nError: "); found {
		return "Error: " + errors
	}
	return output
}

// compare fails unless both databases have the same schema.
func (l *lifecycle) compare(t *testing.T, title string) {
	t.Helper()
	want, got := pgtest.PgDump(t, l.twin), pgtest.PgDump(t, l.db)
	if l.anyName != nil {
		want, got = anonymous(want, l.anyName), anonymous(got, l.anyName)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: - by hand, + by pgphase:\n%s", title, diff)
	}
}

// anonymous replaces names in a dump, which is sorted by them.
func anonymous(dump string, names *regexp.Regexp) string {
	statements := strings.Split(strings.TrimSpace(names.ReplaceAllString(dump, "name")), "\n\n\n")
	slices.Sort(statements)
	return strings.Join(statements, "\n\n\n")
}

// reimport forgets the state and imports everything again, which must leave
// nothing to change: neither in the database nor, in the plan after, in the
// state. ids are by resource address.
func (l *lifecycle) reimport(t *testing.T, hcl string, ids map[string]string) {
	t.Helper()
	l.forget(t)
	var blocks strings.Builder
	for address, id := range ids {
		fmt.Fprintf(&blocks, "\nimport {\n  to = %s\n  id = %s\n}\n", address, strconv.Quote(id))
	}
	l.write(forVersion(l.server.Major, hcl) + blocks.String())
	output, code := l.apply()
	imported := regexp.MustCompile(fmt.Sprintf(`Apply complete! Resources: %d imported, 0 added, \d changed, 0 destroyed`, len(ids)))
	if code != 0 || !imported.MatchString(output) {
		t.Errorf("import: exit code %d\n%s", code, output)
	}
	if strings.Contains(output, "sql ") {
		t.Errorf("the import runs statements:\n%s", output)
	}
	l.compare(t, "import")
	l.mustPlanNothing()
}

// mustShowNoDrift fails if a refresh finds changes. The exit code says nothing:
// it is 2 as soon as a state has a number (hashicorp/terraform#37406).
func (c *cli) mustShowNoDrift() {
	c.t.Helper()
	output, code := c.plan("-refresh-only")
	if code == 1 || !strings.Contains(output, "No changes. Your infrastructure still matches the configuration.") {
		c.t.Errorf("plan -refresh-only: exit code %d\n%s", code, output)
	}
}

// forget removes the state.
func (c *cli) forget(t testing.TB) {
	t.Helper()
	if err := os.Remove(filepath.Join(c.workspace.Dir, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
}

// destroyAll destroys everything, which leaves what rest creates in the twin.
func (l *lifecycle) destroyAll(t *testing.T, sql string) {
	t.Helper()
	if output, code := l.apply("-destroy"); code != 0 {
		t.Errorf("destroy: exit code %d\n%s", code, output)
	}
	l.twin.Exec(t, forVersion(l.server.Major, sql))
	l.compare(t, "destroy")
}

// onOldestAndNewest is EachVersion for what no version in between does in its
// own way.
func onOldestAndNewest(t *testing.T, test func(t *testing.T, server *pgtest.Server)) {
	t.Helper()
	for _, major := range slices.Compact([]int{pgtest.Versions()[0], pgtest.Newest()}) {
		t.Run(fmt.Sprintf("PostgreSQL %d", major), func(t *testing.T) {
			t.Parallel()
			test(t, pgtest.Shared(t, major))
		})
	}
}

var versionMark = regexp.MustCompile(`\s*(?:#|--) (?:(\d+)\+|<(\d+))$`)

// forVersion leaves out the lines that are for other versions.
func forVersion(major int, text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		mark := versionMark.FindStringSubmatch(line)
		if mark != nil {
			from, _ := strconv.Atoi(mark[1])
			below, _ := strconv.Atoi(mark[2])
			if major < from || below > 0 && major >= below {
				continue
			}
			line = strings.TrimSuffix(line, mark[0])
		}
		kept.WriteString(line + "\n")
	}
	return kept.String()
}

func TestForVersion(t *testing.T) {
	t.Parallel()
	const text = "a\n  b # 15+\nc -- <15\nd # comment\n"
	for major, want := range map[int]string{14: "a\nc\nd # comment\n", 15: "a\n  b\nd # comment\n"} {
		if got := forVersion(major, text); got != want {
			t.Errorf("%d: got %q, want %q", major, got, want)
		}
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// definitions are what a server has of an object that is redefined: by name,
// which of the definitions a, b and c it is, in upper case when it is finished
// (a valid index, a proven foreign key).
type definitions map[schema.Name]string

// redefined is an object that can be redefined, in a model that knows the
// statements of the planner and fails on any other.
type redefined struct {
	name, next, last schema.Name
	// plan declares a definition, of what the server has.
	plan func(c planner.Change, declared string, have definitions) planner.Plan
	// retained is what the resource shows of what the server has.
	retained func(have definitions) []string
	// expanded is what a definition is once it is expanded.
	expanded func(definition string) string
	rules    []redefinitionRule
}

type redefinitionRule struct {
	pattern *regexp.Regexp
	apply   func(t *testing.T, have definitions, g []string)
}

func redefinitionOf(pattern string, apply func(t *testing.T, have definitions, g []string)) redefinitionRule {
	return redefinitionRule{regexp.MustCompile("^" + pattern + "$"), apply}
}

func renames(t *testing.T, have definitions, g []string) {
	t.Helper()
	from, to := schema.Name(g[0]), schema.Name(g[1])
	if have[from] == "" || have[to] != "" {
		t.Errorf("%s cannot be renamed to %s: %v", from, to, have)
	}
	have[to] = have[from]
	delete(have, from)
}

func drops(t *testing.T, have definitions, g []string) {
	t.Helper()
	if have[schema.Name(g[0])] == "" {
		t.Errorf("there is no %s: %v", g[0], have)
	}
	delete(have, schema.Name(g[0]))
}

func adds(t *testing.T, have definitions, name, definition string) {
	t.Helper()
	if have[schema.Name(name)] != "" {
		t.Errorf("%s is there: %v", name, have)
	}
	have[schema.Name(name)] = definition
}

// redefinedIndex has a, b and c on columns of their own.
func redefinedIndex(c planner.Change) redefined {
	keys := map[string][]schema.IndexKey{
		"A": {{Column: "email"}}, "B": {{Column: "email"}, {Column: "plan"}}, "C": {{Column: "plan"}},
	}
	byKeys := map[string]string{"email": "A", "email, plan": "B", "plan": "C"}
	index := func(name schema.Name, definition string) schema.Index {
		finished := definition == "A" || definition == "B" || definition == "C"
		if !finished {
			definition = map[string]string{"a": "A", "b": "B", "c": "C"}[definition]
		}
		return emailIndex(named(name), func(i *schema.Index) {
			i.Invalid, i.Keys = !finished, keys[definition]
			i.Columns = nil
			for _, key := range i.Keys {
				i.Columns = append(i.Columns, key.Column)
			}
		})
	}
	tableOf := func(have definitions) schema.Table {
		table := usersTable()
		for _, name := range slices.Sorted(maps.Keys(have)) {
			table.Indexes = append(table.Indexes, index(name, have[name]))
		}
		return table
	}
	const name = "users_email_idx"
	return redefined{
		name: name, next: newName, last: oldName,
		plan: func(change planner.Change, declared string, have definitions) planner.Plan {
			change.Server = c.Server
			table := tableOf(have)
			return planner.PlanIndex(change, table, index(name, declared), table.Index(name))
		},
		retained: func(have definitions) []string { return planner.RetainedIndex(tableOf(have), inPublic(name)) },
		expanded: func(definition string) string { return definition },
		rules: []redefinitionRule{
			redefinitionOf(`CREATE INDEX CONCURRENTLY (\w+) ON public\.users USING btree \((.*)\)`, func(t *testing.T, have definitions, g []string) {
				t.Helper()
				adds(t, have, g[0], byKeys[g[1]])
			}),
			redefinitionOf(`ALTER INDEX public\.(\w+) RENAME TO (\w+)`, renames),
			redefinitionOf(`DROP INDEX CONCURRENTLY public\.(\w+)`, drops),
		},
	}
}

// redefinedKey has a, b and c to the same columns with other actions. In
// lower case they are NOT VALID.
func redefinedKey(c planner.Change) redefined {
	actions := map[string]schema.ReferentialAction{"A": schema.NoAction, "B": schema.Cascade, "C": schema.SetNull}
	key := func(name schema.Name, definition string) schema.ForeignKey {
		proven := actions[definition] != "" || definition == "A"
		if !proven {
			definition = map[string]string{"a": "A", "b": "B", "c": "C"}[definition]
		}
		return planKeyOf(fkNamed(name), func(f *schema.ForeignKey) { f.NotValid, f.OnDelete = !proven, actions[definition] })
	}
	tableOf := func(have definitions) schema.Table {
		table := usersTable()
		for _, name := range slices.Sorted(maps.Keys(have)) {
			table.ForeignKeys = append(table.ForeignKeys, key(name, have[name]))
		}
		return table
	}
	const name = "users_plan_fkey"
	return redefined{
		name: name, next: newFKName, last: oldFKName,
		plan: func(change planner.Change, declared string, have definitions) planner.Plan {
			change.Server = c.Server
			table := tableOf(have)
			return planner.PlanForeignKey(change, table, key(name, declared), table.ForeignKey(name))
		},
		retained: func(have definitions) []string { return planner.RetainedForeignKey(tableOf(have), name) },
		expanded: func(definition string) string { return map[string]string{"A": "a", "B": "b", "C": "c"}[definition] },
		rules: []redefinitionRule{
			redefinitionOf(`ALTER TABLE public\.users ADD CONSTRAINT (\w+) FOREIGN KEY \(plan\) REFERENCES public\.plans \(name\)(.*) NOT VALID`,
				func(t *testing.T, have definitions, g []string) {
					t.Helper()
					adds(t, have, g[0], map[string]string{"": "a", " ON DELETE CASCADE": "b", " ON DELETE SET NULL": "c"}[g[1]])
				}),
			redefinitionOf(`ALTER TABLE public\.users VALIDATE CONSTRAINT (\w+)`, func(t *testing.T, have definitions, g []string) {
				t.Helper()
				have[schema.Name(g[0])] = map[string]string{"a": "A", "b": "B", "c": "C"}[have[schema.Name(g[0])]]
			}),
			redefinitionOf(`ALTER TABLE public\.users RENAME CONSTRAINT (\w+) TO (\w+)`, renames),
			redefinitionOf(`ALTER TABLE public\.users DROP CONSTRAINT (\w+)`, drops),
		},
	}
}

// redefinitionJourney is one database on its way.
type redefinitionJourney struct {
	redefined

	t *testing.T
	// have is what the server has.
	have  definitions
	trail string
}

func (j redefinitionJourney) run(operations []planner.Operation) redefinitionJourney {
	j.t.Helper()
	j.have = maps.Clone(j.have)
	for _, operation := range operations {
		for _, statement := range operation.Statements {
			i := slices.IndexFunc(j.rules, func(r redefinitionRule) bool { return r.pattern.MatchString(statement) })
			if i < 0 {
				j.t.Fatalf("the model does not know %q", statement)
			}
			j.rules[i].apply(j.t, j.have, j.rules[i].pattern.FindStringSubmatch(statement)[1:])
		}
		if len(j.have[j.name]) == 0 {
			j.t.Errorf("after%s there is no %s any more: %v", j.trail, j.name, j.have)
		}
	}
	return j
}

// act applies a definition in a phase, and reports false where that is refused.
func (j redefinitionJourney) act(declared string, phase schema.Phase) (redefinitionJourney, planner.Plan, bool) {
	j.t.Helper()
	change := planner.Change{Phase: phase}
	plan := j.plan(change, declared, j.have)
	j.trail += fmt.Sprintf(" %s(%s)", declared, phase)
	if plan.Refused() {
		if len(plan.Operations) > 0 {
			j.t.Errorf("refused, with operations:%s\n%s", j.trail, render(plan))
		}
		return j, plan, false
	}
	checkOperations(j.t, plan.Operations)
	next := j.run(plan.Operations)
	if diff := cmp.Diff(plan.Retained, next.retained(next.have)); diff != "" {
		j.t.Errorf("retained after%s: -planned +got\n%s", next.trail, diff)
	}
	if rest := next.plan(change, declared, next.have); len(rest.Operations) > 0 || rest.Failed() {
		j.t.Errorf("left to do after%s, with %v:\n%s", next.trail, next.have, render(rest))
	}
	return next, plan, true
}

// ends fails unless the journey has come to what is wanted.
func (j redefinitionJourney) ends(want definitions) {
	j.t.Helper()
	if diff := cmp.Diff(want, j.have); diff != "" {
		j.t.Errorf("after%s: -want +got\n%s", j.trail, diff)
	}
}

// wanted is where a declared definition leads to in a phase. Old is the other
// definition that is there, or "".
func (j redefinitionJourney) wanted(declared string, phase schema.Phase) definitions {
	begun := func(name schema.Name) bool { return j.have[name] == declared || j.have[name] == j.expanded(declared) }
	swapped := j.have[j.last] != ""
	old := j.have[j.name]
	if swapped {
		old = j.have[j.last]
	}
	switch {
	case phase == schema.NoPhase || phase == schema.Contract, !begun(j.name) && swapped && begun(j.last), begun(j.name) && !swapped:
		// It is over, taken back, or was never begun.
		return definitions{j.name: declared}
	case phase == schema.Migrate:
		return definitions{j.name: declared, j.last: old}
	case swapped:
		return definitions{j.name: old, j.next: declared} // proven by now
	case begun(j.next):
		return definitions{j.name: old, j.next: j.have[j.next]}
	}
	return definitions{j.name: old, j.next: j.expanded(declared)}
}

var redefinitionPhases = []schema.Phase{schema.NoPhase, schema.Expand, schema.Migrate, schema.Contract}

// walk goes every way from here, interrupts each apply after each operation and
// within each concurrent build, and goes on from there with the same
// configuration.
func (j redefinitionJourney) walk(depth int) {
	j.t.Helper()
	for _, declared := range []string{"A", "B", "C"} {
		for _, phase := range redefinitionPhases {
			next, plan, done := j.act(declared, phase)
			if !done {
				j.mayRefuse(declared, phase)
				continue
			}
			next.ends(j.wanted(declared, phase))
			for i, operation := range plan.Operations {
				halfway := j.run(plan.Operations[:i])
				halfway.trail = next.trail + fmt.Sprintf(" interrupted at %d:", i)
				halfway.resume(declared, phase, next)
				if operation.Class == planner.Concurrent && !operation.Builds.IsZero() {
					broken := j.run(plan.Operations[:i+1])
					broken.have[operation.Builds.Name] = map[string]string{"A": "a", "B": "b", "C": "c"}[broken.have[operation.Builds.Name]]
					broken.trail = next.trail + fmt.Sprintf(" broken at %d:", i)
					broken.resume(declared, phase, next)
				}
			}
			if depth > 1 {
				next.walk(depth - 1)
			}
		}
	}
}

// resume applies the same again after an interruption. What contract has begun
// to build nothing may yet drop, but for that it was begun by an expand.
func (j redefinitionJourney) resume(declared string, phase schema.Phase, want redefinitionJourney) {
	j.t.Helper()
	next, plan, done := j.act(declared, phase)
	if !done {
		j.t.Errorf("refused:%s\n%s", next.trail, render(plan))
		return
	}
	next.ends(want.have)
}

// mayRefuse fails where a refusal is not one of the two rules: contract of what
// is not expanded, and a third definition while two are there.
func (j redefinitionJourney) mayRefuse(declared string, phase schema.Phase) {
	j.t.Helper()
	is := func(name schema.Name) bool { return j.have[name] == declared || j.have[name] == j.expanded(declared) }
	unexpanded := phase == schema.Contract && !is(j.name) && !is(j.next) && !is(j.last)
	third := phase != schema.NoPhase && j.have[j.last] != "" && !is(j.name) && !is(j.last)
	if !unexpanded && !third {
		j.t.Errorf("refused after%s: %s(%s) with %v", j.trail, declared, phase, j.have)
	}
}

// TestRedefinitionJourneys goes through all phases of a redefinition in every
// order, forward and back, from and to each of three definitions.
func TestRedefinitionJourneys(t *testing.T) {
	t.Parallel()
	change := planner.Change{Server: planner.Server{Version: 150000}}
	for what, r := range map[string]redefined{"index": redefinedIndex(change), "foreign key": redefinedKey(change)} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			redefinitionJourney{redefined: r, t: t, have: definitions{r.name: "A"}}.walk(3)
		})
	}
}

// In one apply, contract needs no expand before it for a throw-away database.
func TestRedefinitionInASingleStep(t *testing.T) {
	t.Parallel()
	change := planner.Change{Server: planner.Server{Version: 150000}}
	for _, r := range []redefined{redefinedIndex(change), redefinedKey(change)} {
		plan := r.plan(planner.Change{Phase: schema.Contract, SingleStep: true}, "B", definitions{r.name: "A"})
		j := redefinitionJourney{redefined: r, t: t, have: definitions{r.name: "A"}}
		j.run(plan.Operations).ends(definitions{r.name: "B"})
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// summary is what the planned values of resources amount to.
type summary struct {
	objects []changedObject
	// unknown reports an object that the plan does not know yet.
	unknown bool
}

// changedObject is an object with what it runs, which may be nothing.
type changedObject struct {
	name       string
	operations []changedOperation
}

// changedOperation is an element of the attribute operations.
type changedOperation struct {
	lock, effect string
	hazards      []string
}

// namedObjects bounds how many objects a line of a summary names.
const namedObjects = 5

// String is the summary, the gravest first; empty where nothing runs.
func (s *summary) String() string {
	changed := slices.DeleteFunc(slices.Clone(s.objects), func(o changedObject) bool { return len(o.operations) == 0 })
	if len(changed) == 0 {
		return ""
	}
	operations := 0
	locks, effects, hazards := tally{}, tally{}, tally{}
	strongest := map[string]schema.LockMode{}
	for _, o := range changed {
		operations += len(o.operations)
		lock := o.strongestLock()
		text := "no existing table"
		if lock > schema.NoLock {
			text = lock.String()
		}
		locks.count(text, o.name)
		strongest[text] = lock
		for _, operation := range o.operations {
			effects.count(operation.effect, o.name)
			for _, id := range operation.hazards {
				hazards.count(id, o.name)
			}
		}
	}
	parts := []string{
		fmt.Sprintf("%s of %s %s, in %s.", thousands(int64(len(changed))), counted(int64(len(s.objects)), "object"),
			verb(int64(len(changed)), "changes", "change"), counted(int64(operations), "operation")),
		"Strongest lock:\n\n" + locks.lines(func(a, b string) int { return int(strongest[b]) - int(strongest[a]) }),
		"Effects:\n\n" + effects.lines(func(a, b string) int { return gravity(b) - gravity(a) }),
	}
	if len(hazards) > 0 {
		parts = append(parts, "Hazards:\n\n"+hazards.lines(func(string, string) int { return 0 }))
	}
	return strings.Join(parts, "\n\n")
}

// strongestLock reads the modes that the attribute lock names.
func (o changedObject) strongestLock() schema.LockMode {
	strongest := schema.NoLock
	for _, operation := range o.operations {
		for lock := range strings.SplitSeq(operation.lock, "; ") {
			mode, _, _ := strings.Cut(lock, " on ")
			for m := schema.AccessShare; m <= schema.AccessExclusive; m++ {
				if m.String() == mode {
					strongest = max(strongest, m)
				}
			}
		}
	}
	return strongest
}

// gravity orders effects: what is lost, what takes long, the rest.
func gravity(effect string) int {
	for i, word := range []string{"drops for good", "rewrites", "updates rows", "builds an index", "scans"} {
		if strings.Contains(effect, word) {
			return 10 - i
		}
	}
	return 0
}

// tally counts the objects of each kind. Those of one object are counted together.
type tally map[string][]string

func (t tally) count(kind, object string) {
	if objects := t[kind]; len(objects) == 0 || objects[len(objects)-1] != object {
		t[kind] = append(objects, object)
	}
}

// lines has one for each kind: by the given order, then the more frequent first.
func (t tally) lines(order func(a, b string) int) string {
	kinds := make([]string, 0, len(t))
	width, digits := 0, 0
	for kind, objects := range t {
		kinds = append(kinds, kind)
		width, digits = max(width, len(kind)), max(digits, len(thousands(int64(len(objects)))))
	}
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(order(a, b), len(t[b])-len(t[a]), strings.Compare(a, b)) })
	lines := make([]string, len(kinds))
	for i, kind := range kinds {
		objects := slices.Sorted(slices.Values(t[kind]))
		names := strings.Join(objects[:min(len(objects), namedObjects)], ", ")
		if more := len(objects) - namedObjects; more > 0 {
			names += fmt.Sprintf(" and %s more", thousands(int64(more)))
		}
		lines[i] = fmt.Sprintf("    %-*s  %*s  %s", width, kind, digits, thousands(int64(len(objects))), names)
	}
	return strings.Join(lines, "\n")
}

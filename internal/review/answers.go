// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// answer says what a reviewer asks of a change.
func (c *Change) answer(lockTimeout string) {
	c.lockTimeout = lockTimeout
	c.Stops = c.stops(asItIs)
	c.Breaks = append(c.Breaks, c.breaks(asItIs)...)
	c.Back = c.back()
	c.Next = c.next()
}

// Answer is one of a reviewer's questions, answered.
type Answer struct{ Question, Text string }

// naming writes a name in a sentence: each form of a report has its own.
type naming func(name string) string

func asItIs(name string) string { return name }

// answers are what a reviewer asks, apart from what runs.
func (c *Change) answers(name naming) []Answer {
	list := []Answer{{"Stops", c.stops(name)}}
	if breaks := c.breaks(name); len(breaks) > 0 {
		list = append(list, Answer{"Can break", strings.Join(breaks, " ")})
	}
	list = append(list, Answer{"Can be taken back", c.Back})
	if len(c.Retained) > 0 {
		objects := make([]string, len(c.Retained))
		for i, object := range c.Retained {
			objects[i] = name(object)
		}
		list = append(list, Answer{"Waits for contract", strings.Join(objects, ", ")})
	}
	if c.Next != "" {
		list = append(list, Answer{"Next", c.Next})
	}
	return list
}

// Halt is a lock that stops somebody, and how often or how long.
type Halt struct {
	Table string
	Stops Stops
	// Instants is how many steps take the lock for an instant.
	Instants int
	// Lasts reports that a step keeps it for as long as the table is large.
	Lasts bool
}

// halts are the tables whose readers or writers are stopped, the longest and
// strongest first.
func (c *Change) halts() []Halt {
	var halts []Halt
	for _, o := range c.Operations {
		for _, l := range o.Locks {
			if l.Stops == StopsNothing {
				continue
			}
			i := slices.IndexFunc(halts, func(h Halt) bool { return h.Table == l.Table && h.Stops == l.Stops })
			if i < 0 {
				i = len(halts)
				halts = append(halts, Halt{Table: l.Table, Stops: l.Stops})
			}
			if o.Lasts {
				halts[i].Lasts = true
			} else {
				halts[i].Instants++
			}
		}
	}
	slices.SortStableFunc(halts, func(a, b Halt) int {
		if a.Lasts != b.Lasts {
			if a.Lasts {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Stops.strength(), a.Stops.strength())
	})
	return halts
}

// blocking reports that somebody waits for as long as a table is large.
func (c *Change) blocking() bool {
	return slices.ContainsFunc(c.halts(), func(h Halt) bool { return h.Lasts })
}

func (c *Change) stops(name naming) string {
	switch {
	case c.Action == Delete && len(c.Operations) == 0:
		return "Not known: only the warnings of the plan have the statements of what is destroyed."
	case c.Unknown:
		return "Not known yet: the statements follow from what the apply brings about first."
	}
	halts := c.halts()
	if len(halts) == 0 {
		return "Nothing: no step stops reads or writes."
	}
	var parts []string
	instant := false
	for _, h := range halts {
		switch {
		case h.Lasts:
			parts = append(parts, fmt.Sprintf("%s of %s for as long as the table is large", h.Stops, name(h.Table)))
		default:
			instant = true
			parts = append(parts, fmt.Sprintf("%s of %s for an instant%s", h.Stops, name(h.Table), times(h.Instants)))
		}
	}
	text := strings.Join(parts, "; ")
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	if instant {
		text += fmt.Sprintf(" Each attempt for such a lock gives up after %s and is repeated.", name(c.lockTimeout))
	}
	return text
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(", %d times", n)
}

// breaks lists what code that runs may stumble over.
func (c *Change) breaks(name naming) []string {
	var list []string
	if c.Action == Delete {
		list = append(list, "Code that uses "+name(cmp.Or(c.Object, c.Address))+" fails.")
	}
	for _, object := range c.Released {
		if c.Destructive {
			list = append(list, "Code that still uses "+name(object)+" fails.")
		}
	}
	for _, f := range c.Findings {
		if h, known := hazard.Lookup(f.Hazard); known && h.Category == hazard.AppBreaking {
			list = append(list, h.Title+".")
		}
	}
	return list
}

// phases are those that the operations belong to, in their order.
func (c *Change) phases() []schema.Phase {
	var list []schema.Phase
	for _, o := range c.Operations {
		if o.Phase != schema.NoPhase && !slices.Contains(list, o.Phase) {
			list = append(list, o.Phase)
		}
	}
	return list
}

func (c *Change) back() string {
	switch {
	case c.Destructive:
		return "No: what is dropped is only in a backup."
	case c.Unknown:
		return "Not known before the apply."
	case c.Action == Create && (c.Type == "pgphase_table" || c.Type == "pgphase_column"):
		return "Yes: by destroying it again, which deletion_protection stands before."
	case c.Action == Create:
		return "Yes: by destroying it again."
	case c.Action == Forget:
		return "Yes: by importing it again. The database is not touched."
	case len(c.Operations) == 0:
		return "Yes: the database is not changed."
	case len(c.Retained) > 0:
		return "Yes, until contract: declare the old structure again."
	case c.blocking():
		return "Only by the opposite change, which takes as long."
	}
	return "Yes: by the opposite change, which is planned like this one."
}

// next says which step the change asks for once it is applied.
func (c *Change) next() string {
	if len(c.Operations) == 0 {
		return ""
	}
	switch {
	case c.Phase == schema.Expand && len(c.Retained) > 0:
		return `phase = "migrate" fills and proves the new structure; then deploy the code that uses it.`
	case c.Phase == schema.Migrate && len(c.Retained) > 0:
		return `Deploy the code that uses the new structure alone, wait until no old code runs, then phase = "contract".`
	case c.Phase == schema.Contract && slices.Contains(c.phases(), schema.Contract):
		return "phase, and what declared the change (replaces, renamed_from), may be removed once every database has it."
	}
	return ""
}

// judge sets the levels, and sorts: the dangerous first.
func (r *Report) judge() {
	r.Level = Calm
	raise := func(to *Level, level Level) {
		if level.rank() > to.rank() {
			*to = level
		}
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		c.Level = Calm
		for _, level := range Levels {
			if c.has(level) {
				raise(&c.Level, level)
			}
		}
		slices.SortStableFunc(c.Findings, func(a, b Finding) int { return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)) })
		raise(&r.Level, c.Level)
	}
	for _, level := range Levels {
		if r.Has(level) {
			raise(&r.Level, level)
		}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)) })
	slices.SortStableFunc(r.Changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Level.rank(), a.Level.rank()), cmp.Compare(a.calmness(), b.calmness()), cmp.Compare(a.Address, b.Address))
	})
}

// calmness orders changes of one level: those that do the most first.
func (c *Change) calmness() int {
	switch {
	case c.Action == Delete:
		return 0
	case len(c.Operations) == 0 && !c.Unknown:
		return 3
	case c.Action == Create:
		return 2
	}
	return 1
}

func severityRank(severity string) int {
	return slices.Index([]string{"error", "warning", "info"}, severity)
}

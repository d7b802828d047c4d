// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger

import (
	"fmt"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
	"github.com/pgphase/terraform-provider-pgphase/internal/words"
)

// Whether the old structure of a transition may go, as far as the ledger tells.

// soaked is for how long code could have done without the old structure: since
// migrate, or since expand where nothing is migrated.
func (e Evidence) soaked() time.Duration {
	if e.Kind == schema.ColumnRemoved {
		return e.Now.Sub(e.ExpandedAt)
	}
	return e.Soaked()
}

// TooEarly says why it is too early to contract; "" where it is not. minimumSoak
// is that of the provider, 0 where it asks for none.
func (e Evidence) TooEarly(minimumSoak time.Duration) string {
	past := e.soaked()
	if past >= minimumSoak {
		return ""
	}
	rest := fmt.Sprintf("minimum_soak of the provider asks for %s, of which %s are left", minimumSoak, words.Duration(minimumSoak-past))
	switch {
	case e.Kind == schema.ColumnRemoved:
		return fmt.Sprintf("it was expanded %s ago, and %s", words.Duration(past), rest)
	case e.Phase == schema.Migrate:
		return fmt.Sprintf("it was migrated %s ago, and %s", words.Duration(past), rest)
	default:
		return fmt.Sprintf("it is not migrated yet, and minimum_soak of the provider asks for %s after that", minimumSoak)
	}
}

// Unguarded says that both sides are no longer kept in step; "" where they are.
func (e Evidence) Unguarded() string {
	if e.Guarded {
		return ""
	}
	return "its triggers are missing or disabled, so that writes since then are on one side only"
}

// Obstacles are the reasons not to contract now, each a clause; none where the
// transition is ready.
func (e Evidence) Obstacles(minimumSoak time.Duration) []string {
	var reasons []string
	add := func(reason string) {
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	early := e.TooEarly(minimumSoak)
	if e.Phase != schema.Migrate && e.Kind != schema.ColumnRemoved && early == "" {
		add("it is not migrated yet")
	}
	add(early)
	for _, p := range e.Backfill {
		if !p.Done() {
			add(fmt.Sprintf("the backfill of %s is not finished: block %s of %s", p.Relation, words.Thousands(p.Next), words.Thousands(p.End)))
		}
	}
	add(e.Unguarded())
	if e.RecentWrites > 0 {
		add(fmt.Sprintf("old code still writes: %s since the last phase (%s ago)", words.Times(e.RecentWrites), words.Duration(e.Now.Sub(e.LookedAt))))
	}
	return reasons
}

// Sides are the names of the old and of the new structure: of columns, or of a
// renamed table the names that it is going to lose and to keep.
func (e Evidence) Sides() (before, after []string) {
	if e.Kind == schema.TableRenamed {
		// In expand the view has the new name, afterwards the old one.
		before, after = []string{e.Table.String()}, []string{e.Definition.OtherName.String()}
		if e.Phase == schema.Migrate {
			before, after = after, before
		}
		return before, after
	}
	return plain(e.Definition.Old), plain(e.Definition.New)
}

func plain(names []schema.Name) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = string(name)
	}
	return list
}

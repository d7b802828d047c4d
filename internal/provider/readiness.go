// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Whether the old structure of a transition may go, as far as the ledger tells.

// soaked is for how long code could have done without the old structure: since
// migrate, or since expand where nothing is migrated.
func soaked(e ledger.Evidence) time.Duration {
	if e.Kind == schema.ColumnRemoved {
		return e.Now.Sub(e.ExpandedAt)
	}
	return e.Soaked()
}

// soaking says why it is too early to contract; "" where it is not.
func (s settings) soaking(e ledger.Evidence) string {
	past := soaked(e)
	if s.singleStep || past >= s.minimumSoak {
		return ""
	}
	rest := fmt.Sprintf("minimum_soak of the provider asks for %s, of which %s are left", s.minimumSoak, inWords(s.minimumSoak-past))
	switch {
	case e.Kind == schema.ColumnRemoved:
		return fmt.Sprintf("it was expanded %s ago, and %s", inWords(past), rest)
	case e.Phase == schema.Migrate:
		return fmt.Sprintf("it was migrated %s ago, and %s", inWords(past), rest)
	default:
		return fmt.Sprintf("it is not migrated yet, and minimum_soak of the provider asks for %s after that", s.minimumSoak)
	}
}

// unguarded says that both sides are no longer kept in step; "" where they are.
func unguarded(e ledger.Evidence) string {
	if e.Guarded {
		return ""
	}
	return "its triggers are missing or disabled, so that writes since then are on one side only"
}

// obstaclesToContract are the reasons not to contract now, each a clause; none
// where the transition is ready.
func (s settings) obstaclesToContract(e ledger.Evidence) []string {
	var reasons []string
	add := func(reason string) {
		if reason != "" {
			reasons = append(reasons, reason)
		}
	}
	soaking := s.soaking(e)
	if e.Phase != schema.Migrate && e.Kind != schema.ColumnRemoved && soaking == "" {
		add("it is not migrated yet")
	}
	add(soaking)
	for _, p := range e.Backfill {
		if !p.Done() {
			add(fmt.Sprintf("the backfill of %s is not finished: block %s of %s", p.Relation, thousands(p.Next), thousands(p.End)))
		}
	}
	add(unguarded(e))
	if e.RecentWrites > 0 {
		add(fmt.Sprintf("old code still writes: %s since the last phase (%s ago)", times(e.RecentWrites), inWords(e.Now.Sub(e.LookedAt))))
	}
	return reasons
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return thousands(n) + " times"
}

// inWords rounds a duration to what people say: 3 days, 2 hours, 5 minutes.
func inWords(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		switch n := d / unit.length; {
		case n >= 2:
			return fmt.Sprintf("%d %ss", n, unit.name)
		case n == 1 && unit.length == time.Second:
			return "1 second"
		}
	}
	return "less than a second"
}

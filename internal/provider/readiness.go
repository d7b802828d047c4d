// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/words"
)

// soak is how long a transition must have been migrated before it is contracted:
// none where everything is one step.
func (s settings) soak() time.Duration {
	if s.singleStep {
		return 0
	}
	return s.minimumSoak
}

// obstaclesToContract are the reasons not to contract now, each a clause; none
// where the transition is ready.
func (s settings) obstaclesToContract(e ledger.Evidence) []string { return e.Obstacles(s.soak()) }

func times(n int64) string { return words.Times(n) }

func thousands(n int64) string { return words.Thousands(n) }

func inWords(d time.Duration) string { return words.Duration(d) }

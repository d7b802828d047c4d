// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// standbys are the names of those that are standbys, and connected.
func (d *database) standbys(ctx context.Context) []string {
	var names []string
	for _, f := range d.goings(ctx).Followers {
		if !f.Slot && !f.Logical {
			names = append(names, f.Name)
		}
	}
	return names
}

// standbyAdvice is about queries on standbys. Whether a standby serves any
// cannot be seen from the primary, so that it is not even looked for unless the
// policy asks.
func (d *database) standbyAdvice(ctx context.Context, object string, operations []planner.Operation, v verdict) []planner.Finding {
	if !v.hears(hazard.StandbyQueryCancelled) || planner.StrongestLock(operations) < schema.AccessExclusive {
		return nil
	}
	return cancelsOnStandbys(object, d.standbys(ctx))
}

func cancelsOnStandbys(object string, standbys []string) []planner.Finding {
	if len(standbys) == 0 {
		return nil
	}
	return []planner.Finding{{
		Hazard: hazard.StandbyQueryCancelled, Severity: hazard.Info,
		Summary: object + ": ACCESS EXCLUSIVE cancels queries on standbys",
		Detail: fmt.Sprintf("The lock goes to the standbys too: %s. A query on the table that is in its way there is cancelled after max_standby_streaming_delay, and "+
			"new ones wait until then; hot_standby_feedback does not help. Apply it when standbys have little to do.", strings.Join(standbys, ", ")),
	}}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// standbyCache are the standbys of the server, which all plans of a run share.
type standbyCache struct {
	once  sync.Once
	names []string
}

// standbys are the names of the standbys that are connected. A server that
// hides them has none.
func (d *database) standbys(ctx context.Context) []string {
	d.standbyCache.once.Do(func() {
		_ = d.withConnection(ctx, func(conn *pgx.Conn) error {
			followers, err := catalog.ReadFollowers(ctx, conn)
			for _, f := range followers {
				if !f.Slot && !f.Logical {
					d.standbyCache.names = append(d.standbyCache.names, f.Name)
				}
			}
			return err
		})
	})
	return d.standbyCache.names
}

// standbyAdvice is about queries on standbys. Whether a standby serves any
// cannot be seen from the primary, so that it is not even looked for unless the
// policy asks.
func (d *database) standbyAdvice(ctx context.Context, object string, operations []planner.Operation, v verdict) []planner.Finding {
	asked := v.policy.Severity(hazard.StandbyQueryCancelled, hazard.Info, false) >= hazard.Warning
	if !asked || planner.StrongestLock(operations) < schema.AccessExclusive {
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

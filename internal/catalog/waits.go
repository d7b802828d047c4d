// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Wait is a session that waits for a lock.
type Wait struct {
	PID         int
	User        schema.Name
	Application string
	Query       string
	// Waiting is for how long.
	Waiting time.Duration
	// Mode and Relation are what it waits for; Mode is NoLock where that is no
	// relation: a row, or the end of a transaction.
	Mode     schema.LockMode
	Relation schema.QualifiedName
	// Blockers are those who are in the way.
	Blockers []Session
}

// Waits returns who waits for whom in the database, the longest wait first, at
// most limit of them. A wait that has ended in between is left out.
func Waits(ctx context.Context, conn *pgx.Conn, limit int) ([]Wait, error) {
	type row struct {
		PID         int
		User        schema.Name
		Application string
		Query       string
		Seconds     float64
		Mode        string
		Schema      schema.Name
		Name        schema.Name
	}
	rows, err := conn.Query(ctx, variant{Version: serverVersion(conn)}.query("waits"), limit)
	if err != nil {
		return nil, fmt.Errorf("look for waiting sessions: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[row])
	if err != nil {
		return nil, fmt.Errorf("look for waiting sessions: %w", err)
	}
	var list []Wait
	for _, r := range found {
		w := Wait{
			PID: r.PID, User: r.User, Application: r.Application, Query: r.Query, Waiting: inSeconds(r.Seconds),
			Relation: schema.QualifiedName{Schema: r.Schema, Name: r.Name},
		}
		if r.Mode != "" {
			if w.Mode, err = schema.ParseLockMode(r.Mode); err != nil {
				return nil, fmt.Errorf("look for waiting sessions: %w", err)
			}
		}
		if w.Blockers, err = Blockers(ctx, conn, r.PID); err != nil {
			return nil, err
		}
		if len(w.Blockers) > 0 {
			list = append(list, w)
		}
	}
	return list, nil
}

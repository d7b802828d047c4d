// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package status

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Format is the version of the JSON form of a [Status]. Fields are added without
// a new one; it rises when one gets another meaning or goes.
const Format = 1

// mostWaits bounds the waiting sessions that are shown.
const mostWaits = 20

// Status is what a database says of its changes at one moment. Durations are in
// seconds.
type Status struct {
	Format   int    `json:"format"`
	Database string `json:"database"`
	// At is the time of the server.
	At          time.Time    `json:"at"`
	Transitions []Transition `json:"transitions"`
	// Backfills are those of open transitions, and those of others that are not
	// finished.
	Backfills []Backfill `json:"backfills"`
	Builds    []Build    `json:"index_builds"`
	Waits     []Wait     `json:"waits"`
}

// Transition is an open one.
type Transition struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Table string `json:"table"`
	Phase string `json:"phase"`
	// Old and New are the columns, or of a renamed table its names.
	Old        []string   `json:"old"`
	New        []string   `json:"new"`
	StartedBy  string     `json:"started_by"`
	ExpandedAt time.Time  `json:"expanded_at"`
	MigratedAt *time.Time `json:"migrated_at"`
	// OldStyleWrites are those since LookedAt, and OldStyleWritesTotal those since
	// expand, by code that knows only the old structure; null where nothing counts
	// them.
	OldStyleWrites      *int64    `json:"old_style_writes"`
	OldStyleWritesTotal *int64    `json:"old_style_writes_total"`
	LookedAt            time.Time `json:"looked_at"`
	// Ready reports that nothing that the database knows speaks against contract;
	// Reasons are what does.
	Ready   bool     `json:"ready_for_contract"`
	Reasons []string `json:"reasons"`
}

// Backfill is the filling of one table or partition.
type Backfill struct {
	// Transition is the open transition, or the column, that is filled.
	Transition  string `json:"transition"`
	Relation    string `json:"relation"`
	BlocksDone  int64  `json:"blocks_done"`
	BlocksTotal int64  `json:"blocks_total"`
	RowsChanged int64  `json:"rows_changed"`
	// Running is from its beginning to its last batch, Idle since then.
	Running float64 `json:"running"`
	Idle    float64 `json:"idle"`
	// Left is about how long it takes at its pace so far; 0 where that is not
	// known, or it is finished.
	Left float64 `json:"left"`
}

// Build is an index build that runs.
type Build struct {
	PID     int     `json:"pid"`
	Table   string  `json:"table"`
	Index   string  `json:"index"`
	Command string  `json:"command"`
	Phase   string  `json:"phase"`
	Done    int64   `json:"done"`
	Total   int64   `json:"total"`
	Running float64 `json:"running"`
}

// Wait is a session that waits for others.
type Wait struct {
	PID         int     `json:"pid"`
	User        string  `json:"user"`
	Application string  `json:"application"`
	Query       string  `json:"query"`
	Waiting     float64 `json:"waiting"`
	// Lock is what it waits for: ACCESS EXCLUSIVE on public.users. Empty for a row
	// or the end of a transaction.
	Lock string `json:"lock"`
	// Blockers are those in the way, a line each.
	Blockers []string `json:"blockers"`
}

// Read reads the status. minimumSoak is that of the provider, 0 where it asks for
// none.
func Read(ctx context.Context, conn *pgx.Conn, minimumSoak time.Duration) (*Status, error) {
	s := &Status{
		Format: Format, Database: conn.Config().Database,
		Transitions: []Transition{}, Backfills: []Backfill{}, Builds: []Build{}, Waits: []Wait{},
	}
	if err := conn.QueryRow(ctx, "SELECT now()", pgx.QueryExecModeExec).Scan(&s.At); err != nil {
		return nil, fmt.Errorf("ask for the time: %w", err)
	}
	open, err := ledger.ReadEvidence(ctx, conn)
	var missing *ledger.MissingError
	if err != nil && !errors.As(err, &missing) {
		return nil, err
	}
	names := map[schema.Name]bool{}
	for _, e := range open {
		names[e.Name] = true
		s.Transitions = append(s.Transitions, transition(e, minimumSoak))
	}
	passes, now, err := ledger.ReadProgress(ctx, conn)
	if err != nil {
		return nil, err
	}
	s.Backfills = append(s.Backfills, backfills(passes, names, now)...)
	builds, err := catalog.Builds(ctx, conn)
	if err != nil {
		return nil, err
	}
	for _, b := range builds {
		s.Builds = append(s.Builds, Build{
			PID: b.PID, Table: nameOf(b.Table), Index: nameOf(b.Index), Command: b.Command, Phase: b.Phase,
			Done: b.Done, Total: b.Total, Running: b.Running.Seconds(),
		})
	}
	waits, err := catalog.Waits(ctx, conn, mostWaits)
	if err != nil {
		return nil, err
	}
	for _, w := range waits {
		s.Waits = append(s.Waits, wait(w))
	}
	return s, nil
}

func transition(e ledger.Evidence, minimumSoak time.Duration) Transition {
	t := Transition{
		Name: string(e.Name), Kind: string(e.Kind), Table: e.Table.String(), Phase: string(e.Phase), StartedBy: e.StartedBy,
		ExpandedAt: e.ExpandedAt, LookedAt: e.LookedAt, Reasons: append([]string{}, e.Obstacles(minimumSoak)...),
	}
	t.Old, t.New = e.Sides()
	t.Ready = len(t.Reasons) == 0
	if !e.MigratedAt.IsZero() {
		t.MigratedAt = &e.MigratedAt
	}
	if e.Counted {
		t.OldStyleWrites, t.OldStyleWritesTotal = &e.RecentWrites, &e.OldStyleWrites
	}
	return t
}

// backfills sums the ranges of each table, and leaves out what is finished and
// belongs to no open transition.
func backfills(passes []ledger.Progress, open map[schema.Name]bool, now time.Time) []Backfill {
	var list []Backfill
	var began, moved time.Time
	end := func() {
		if len(list) == 0 {
			return
		}
		b := &list[len(list)-1]
		running := moved.Sub(began)
		b.Running, b.Idle = running.Seconds(), now.Sub(moved).Seconds()
		if b.BlocksDone > 0 && b.BlocksDone < b.BlocksTotal {
			b.Left = b.Running * float64(b.BlocksTotal-b.BlocksDone) / float64(b.BlocksDone)
		}
		if b.BlocksDone >= b.BlocksTotal && !open[schema.Name(b.Transition)] {
			list = list[:len(list)-1]
		}
	}
	last := ""
	for _, p := range passes {
		key := string(p.Transition) + "\x00" + p.Relation.String()
		if key != last {
			end()
			last, began, moved = key, p.StartedAt, p.UpdatedAt
			list = append(list, Backfill{Transition: string(p.Transition), Relation: p.Relation.String()})
		}
		b := &list[len(list)-1]
		b.BlocksDone += p.Next - p.First
		b.BlocksTotal += p.End - p.First
		b.RowsChanged += p.RowsChanged
		if p.StartedAt.Before(began) {
			began = p.StartedAt
		}
		if p.UpdatedAt.After(moved) {
			moved = p.UpdatedAt
		}
	}
	end()
	return list
}

func wait(w catalog.Wait) Wait {
	shown := Wait{
		PID: w.PID, User: string(w.User), Application: w.Application, Query: strings.Join(strings.Fields(w.Query), " "),
		Waiting: w.Waiting.Seconds(), Blockers: []string{},
	}
	if w.Mode != schema.NoLock {
		shown.Lock = w.Mode.String() + " on " + w.Relation.String()
	}
	for _, b := range w.Blockers {
		shown.Blockers = append(shown.Blockers, b.String())
	}
	return shown
}

// nameOf is empty where there is no name.
func nameOf(name schema.QualifiedName) string {
	if name.IsZero() {
		return ""
	}
	return name.String()
}

// Ready reports a transition that may be contracted.
func (s *Status) Ready() bool {
	for _, t := range s.Transitions {
		if t.Ready {
			return true
		}
	}
	return false
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// closeTimeout bounds the end of the sessions: Terraform waits two seconds for
// the process.
const closeTimeout = time.Second

// errUnknown is returned where somebody connects although known says no: a bug
// of the caller.
var errUnknown = errors.New("the provider's configuration is not known yet")

// database is the connection that all resources of one configured provider
// share, and the settings of its block. It connects when it is first used.
type database struct {
	settings

	config *pgxpool.Config // nil while the configuration is not known

	gate     chan struct{} // held by who connects
	mu       sync.Mutex
	sessions *pgxpool.Pool
	identity catalog.Identity
	failure  error              // kept, so that a thousand resources do not try in turn
	reported map[string]bool    // summaries of failures that were reported in full
	runner   *executor.Executor // made with the first change

	catalog       catalogCache
	types         typeCache
	announcements announcements
	drift         observedDrift
	adoptions     adoptions
	applying      applying
	live          live
	told          told
}

func newDatabase(config *pgxpool.Config, settings settings) *database {
	return &database{config: config, settings: settings, gate: make(chan struct{}, 1), reported: map[string]bool{}}
}

// known reports whether there is something to connect to. Terraform plans
// resources of a server that is created in the same run with a configuration
// that is not known; nothing can be asked then.
func (d *database) known() bool { return d.config != nil }

// pool returns the sessions, and connects first if nobody did. A server that
// cannot be used is an error, the same for every caller.
func (d *database) pool(ctx context.Context) (*pgxpool.Pool, error) {
	if err := d.connect(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sessions, nil
}

// server returns what plans depend on; it connects like pool.
func (d *database) server(ctx context.Context) (planner.Server, error) {
	if err := d.connect(ctx); err != nil {
		return planner.Server{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return planner.Server{Version: d.identity.Version, UTC: d.identity.UTC}, nil
}

// mayCreateSchema reports the privilege CREATE on the database.
func (d *database) mayCreateSchema(ctx context.Context) (bool, error) {
	if err := d.connect(ctx); err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.identity.MayCreateSchema, nil
}

func (d *database) connect(ctx context.Context) error {
	if !d.known() {
		return errUnknown
	}
	select {
	case d.gate <- struct{}{}:
		defer func() { <-d.gate }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if d.sessions != nil || d.failure != nil {
		return d.failure
	}
	pool, identity, err := openSessions(ctx, d.config)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx) // says nothing about the server
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sessions, d.identity, d.failure = pool, identity, err
	return err
}

// openSessions makes the first connection and refuses servers whose changes
// nobody could plan or apply. The server is identified before anything else is
// sent to it: an imitation stumbles over settings that PostgreSQL has, and its
// complaint would hide what it is.
func openSessions(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, catalog.Identity, error) {
	var identity catalog.Identity
	identified := false
	config = config.Copy()
	prepare := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) (err error) {
		if !identified {
			if identity, err = catalog.Identify(ctx, conn); err != nil {
				return err
			}
			identified = true
		}
		return prepare(ctx, conn)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, identity, fmt.Errorf("connect: %w", err)
	}
	// Nobody else has the pool yet, so that this connection is the first one.
	first, err := pool.Acquire(ctx)
	if err != nil {
		pool.Close()
		return nil, identity, err
	}
	first.Release()
	return pool, identity, nil
}

// close ends the sessions. Those that are in use are not waited for long: the
// server notices by itself that they are gone.
func (d *database) close() {
	d.mu.Lock()
	pool := d.sessions
	d.mu.Unlock()
	if pool == nil {
		return
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		pool.Close()
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}
}

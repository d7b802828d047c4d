// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// live is what a plan says of the server beside the catalog: who is in the way,
// who follows, what is used, how large a table is. It goes into diagnostics and
// into nothing that is planned. What concerns the whole server is read once,
// when the first resource of a run needs it; what concerns one table is asked in
// one statement, so that a plan of many tables stays as fast as it was.
type live struct {
	server     once[catalog.Server]
	statistics once[catalog.StatementStatistics]
	rates      once[ledger.Rates]
	evidence   once[[]ledger.Evidence]

	mu sync.Mutex
	// sizes are those of the tables that were asked about.
	sizes map[schema.QualifiedName]measured
}

// measured is a size; known is false where somebody keeps the table locked.
type measured struct {
	schema.Size

	known bool
}

// once is something that is read when it is first needed. Whoever comes
// meanwhile waits; a failure is kept as well.
type once[T any] struct {
	sync   sync.Once
	value  T
	failed error
}

func (o *once[T]) read(read func() (T, error)) (T, error) {
	o.sync.Do(func() { o.value, o.failed = read() })
	return o.value, o.failed
}

// set is for tests.
func (o *once[T]) set(value T) {
	o.sync.Do(func() { o.value = value })
}

// goings are what goes on in the server; what it refuses to show is not in it.
func (d *database) goings(ctx context.Context) catalog.Server {
	if !d.liveChecks {
		return catalog.Server{}
	}
	server, _ := d.live.server.read(func() (server catalog.Server, err error) {
		err = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
			server, err = catalog.ReadServer(ctx, conn, longTransaction)
			return err
		})
		return server, err
	})
	return server
}

// statementStatistics is whether the server counts statements.
func (d *database) statementStatistics(ctx context.Context) catalog.StatementStatistics {
	statistics, _ := d.live.statistics.read(func() (statistics catalog.StatementStatistics, err error) {
		err = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
			statistics, err = catalog.ReadStatementStatistics(ctx, conn)
			return err
		})
		return statistics, err
	})
	return statistics
}

// rates are how fast this server was when it did the like before; none where
// the ledger cannot say.
func (d *database) rates(ctx context.Context, snapshot *catalog.Snapshot) ledger.Rates {
	if _, exists := snapshot.Ledger(); !exists {
		return nil
	}
	rates, _ := d.live.rates.read(func() (rates ledger.Rates, err error) {
		err = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
			rates, err = ledger.ReadRates(ctx, conn)
			return err
		})
		return rates, err
	})
	return rates
}

// openTransitions are those of the ledger.
func (d *database) openTransitions(ctx context.Context) ([]ledger.Evidence, error) {
	return d.live.evidence.read(func() (known []ledger.Evidence, err error) {
		err = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
			known, err = ledger.ReadEvidence(ctx, conn)
			return err
		})
		return known, err
	})
}

// ask asks about a table. Its size comes with every answer, unless live checks
// are off, and is kept, so that nobody has to ask again for it alone.
func (d *database) ask(ctx context.Context, table schema.QualifiedName, q catalog.Question) (answer catalog.Answer, err error) {
	if snapshot, err := d.snapshot(ctx); err == nil && d.liveChecks {
		if estimate, found := snapshot.Size(table); found {
			q.Table, q.Estimate = table, estimate
		}
	}
	err = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
		answer, err = catalog.Ask(ctx, conn, q)
		return err
	})
	if err == nil && !q.Table.IsZero() {
		d.live.mu.Lock()
		defer d.live.mu.Unlock()
		if d.live.sizes == nil {
			d.live.sizes = map[schema.QualifiedName]measured{}
		}
		d.live.sizes[table] = measured{answer.Size, answer.Measured}
	}
	return answer, err
}

// sizeOf measures a table, unless that was done before.
func (d *database) sizeOf(ctx context.Context, table schema.QualifiedName) (schema.Size, bool) {
	d.live.mu.Lock()
	size, asked := d.live.sizes[table]
	d.live.mu.Unlock()
	if asked {
		return size.Size, size.known
	}
	answer, err := d.ask(ctx, table, catalog.Question{})
	return answer.Size, err == nil && answer.Measured
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

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

	// said and saidOfStatements are set when a warning has said what is hidden.
	said, saidOfStatements atomic.Bool

	mu sync.Mutex
	// tables are those that were asked about, with their sizes and the use of
	// their indexes.
	tables map[schema.QualifiedName]catalog.Answer
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

// ask asks about a table. Its size and the use of its indexes come with every
// answer, unless live checks are off, and are kept, so that nobody has to ask
// again for them alone.
func (d *database) ask(ctx context.Context, name schema.QualifiedName, q catalog.Question) (answer catalog.Answer, err error) {
	snapshot, err := d.snapshot(ctx)
	if err != nil {
		return answer, err
	}
	if table := snapshot.Table(name); table != nil && d.liveChecks {
		q.Table = name
		q.Estimate, _ = snapshot.Size(name)
		for _, index := range table.Indexes {
			q.Indexes = append(q.Indexes, index.Name)
		}
	}
	err = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
		answer, err = catalog.Ask(ctx, conn, q)
		return err
	})
	if err == nil && !q.Table.IsZero() {
		d.live.mu.Lock()
		defer d.live.mu.Unlock()
		if d.live.tables == nil {
			d.live.tables = map[schema.QualifiedName]catalog.Answer{}
		}
		d.live.tables[name] = answer
	}
	return answer, err
}

// about returns size and use of indexes of a table, which are asked for once.
func (d *database) about(ctx context.Context, table schema.QualifiedName) (catalog.Answer, error) {
	d.live.mu.Lock()
	answer, asked := d.live.tables[table]
	d.live.mu.Unlock()
	if asked {
		return answer, nil
	}
	return d.ask(ctx, table, catalog.Question{})
}

// indexesOf are those of an answer that are wanted, in its order.
func indexesOf(answer catalog.Answer, wanted func(schema.QualifiedName) bool) []catalog.IndexUsage {
	return slices.DeleteFunc(slices.Clone(answer.Indexes), func(u catalog.IndexUsage) bool { return !wanted(u.Name) })
}

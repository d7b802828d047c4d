// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Rate is how fast this server was when it did a kind of work.
type Rate struct {
	// BytesPerSecond of the table, from the moment the locks were there.
	BytesPerSecond float64
	// Statements is the number of those that were measured.
	Statements int
}

// Rates are those that the history can tell.
type Rates map[Work]Rate

// What counts for a rate: statements of the last months, the latest of each kind,
// that worked through so much for so long that their rate is that of the work
// and not that of the round trips. The median leaves out the one that ran beside
// a backup.
const (
	ratedStatements = 15
	ratedSince      = 180 * 24 * time.Hour
	ratedBytes      = 8 << 20
	ratedTime       = 200 * time.Millisecond
	// looked bounds how far the history is read, from its end.
	looked = 20_000
)

const ratesQuery = `
	SELECT work, percentile_cont(0.5) WITHIN GROUP (ORDER BY bytes / extract(epoch FROM ran)::float8), count(*)
	FROM (
		SELECT work, bytes, ran, row_number() OVER (PARTITION BY work ORDER BY id DESC) AS place
		FROM (SELECT id, at, work, bytes, ran, outcome FROM pgphase.history ORDER BY id DESC LIMIT $1) AS latest
		WHERE outcome = 'succeeded' AND work IS NOT NULL AND bytes >= $2 AND ran >= $3 * interval '1 microsecond' AND at > now() - $4 * interval '1 second'
	) AS rated
	WHERE place <= $5
	GROUP BY work`

// ratesTimeout bounds the look at the history: without it a plan estimates by
// what servers usually do.
const ratesTimeout = 2 * time.Second

// ReadRates returns what the history tells, in one statement. A history that is
// not there, that the role may not read or that does not hold sizes yet tells
// nothing, which is no error.
func ReadRates(ctx context.Context, conn Querier) (Rates, error) {
	ctx, cancel := context.WithTimeout(ctx, ratesTimeout)
	defer cancel()
	rows, err := conn.Query(ctx, ratesQuery, pgx.QueryExecModeExec,
		int64(looked), int64(ratedBytes), float64(ratedTime.Microseconds()), ratedSince.Seconds(), int64(ratedStatements))
	if err != nil {
		return nil, fmt.Errorf("read the rates of this server: %w", err)
	}
	rates := Rates{}
	var work Work
	var rate Rate
	_, err = pgx.ForEachRow(rows, []any{&work, &rate.BytesPerSecond, &rate.Statements}, func() error {
		rates[work] = rate
		return nil
	})
	switch {
	case refusedWith(err, insufficientPrivilege, undefinedColumn, undefinedTable):
		return nil, nil //nolint:nilnil // documented: nothing is known
	case err != nil:
		return nil, fmt.Errorf("read the rates of this server: %w", err)
	}
	return rates, nil
}

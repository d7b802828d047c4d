// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Server is what goes on in the server, as far as this role may see it.
type Server struct {
	// Transactions are those that have been open for long and hold locks on
	// tables or a snapshot, the oldest first.
	Transactions []Session
	// Followers are standbys and slots, standbys first, by name.
	Followers []Follower
	// Subscribed are the tables that subscriptions fill, by name.
	Subscribed []Subscribed
	Hidden     Hidden
}

// Subscribed is a table that receives its rows from a publisher.
type Subscribed struct {
	schema.QualifiedName

	Subscription schema.Name
}

// Hidden is what PostgreSQL shows to members of pg_read_all_stats only.
type Hidden struct {
	// Role is the one that does not see it.
	Role schema.Name
	// Sessions of other roles, in this database, do not say what they do, nor
	// since when.
	Sessions int64
	// Followers do not say how far they are.
	Followers int64
}

// ReadServer looks at transactions older than the given age, at who follows the
// server and whom it follows. It is one statement where all of it may be read. What a server or
// a service refuses is left out, and the error is the first such refusal.
func ReadServer(ctx context.Context, conn *pgx.Conn, older time.Duration) (Server, error) {
	var (
		transactions []sessionRow
		followers    []followerRow
		subscribed   []Subscribed
		hidden       []Hidden
	)
	questions := []question{
		named(conn, "transactions", &transactions, strconv.FormatFloat(older.Seconds(), 'f', -1, 64)),
		named(conn, "replication", &followers),
		named(conn, "subscribed", &subscribed),
		named(conn, "hidden", &hidden),
	}
	var refused error
	if err := together(ctx, conn, questions...); err != nil {
		transactions, followers, subscribed, hidden = nil, nil, nil, nil
		for _, q := range questions {
			if err := together(ctx, conn, q); err != nil && refused == nil {
				refused = fmt.Errorf("look at what goes on in the server: %w", err)
			}
		}
	}
	sessions, err := convertSessions(transactions)
	if err != nil {
		return Server{}, err
	}
	s := Server{Transactions: sessions, Subscribed: subscribed}
	for _, row := range followers {
		s.Followers = append(s.Followers, row.follower())
	}
	if len(hidden) > 0 {
		s.Hidden = hidden[0]
	}
	return s, refused
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import "time"

// Follower is a standby or a subscriber that is connected, or a replication slot.
type Follower struct {
	// Slot tells a slot from a connection.
	Slot bool
	// Logical tells a subscriber from a standby, among connections.
	Logical bool
	// Name is the application_name of a connection, or the name of a slot.
	Name string
	// Active is false for a slot that nobody reads.
	Active bool
	// Lag is how late a connection replays; 0 where it is idle, unknown or up
	// to date.
	Lag time.Duration
	// Bytes of WAL are still to be replayed, or kept for a slot.
	Bytes int64
}

// followerRow is a row of replication.
type followerRow struct {
	Kind, Name string
	Active     bool
	Lag        float64
	Bytes      int64
}

func (row followerRow) follower() Follower {
	return Follower{
		Slot: row.Kind == "slot", Logical: row.Kind == "subscriber", Name: row.Name, Active: row.Active,
		Lag: time.Duration(row.Lag * float64(time.Second)), Bytes: row.Bytes,
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func TestFollowers(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		// Slots belong to the whole server: this one is removed at the end.
		db := server.Database(t)
		conn := db.Connect(t)
		const slot = "pgphase_followers"
		mustExec(t, conn, "SELECT pg_create_physical_replication_slot('"+slot+"', true)")
		defer db.Exec(t, "SELECT pg_drop_replication_slot('"+slot+"')")
		mustExec(t, conn, "CREATE TABLE written AS SELECT generate_series(1, 10000) AS n")
		found, err := catalog.ReadServer(t.Context(), conn, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found.Followers {
			if f.Name == slot {
				if !f.Slot || f.Active || f.Bytes <= 0 {
					t.Errorf("%+v", f)
				}
				return
			}
		}
		t.Errorf("no slot in %+v", found)
	})
}

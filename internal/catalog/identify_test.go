// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		db.Forget(t)
		id, err := catalog.Identify(t.Context(), conn)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(db.Statements(t)); n != 2 {
			t.Errorf("%d statements", n)
		}
		if id.Version/10000 != server.Major || string(id.Database) != db.Name || !id.Superuser || id.Proxied ||
			!id.MayCreateTemporary || !id.MayCreateSchema || id.ReadOnly {
			t.Errorf("%+v", id)
		}
	})
}

func TestStandby(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t, pgtest.Newest())
	standby := pgtest.StartStandby(t, primary)
	conn, err := connectTo(t, standby.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	var refused *catalog.StandbyError
	if _, err := catalog.Identify(t.Context(), conn); !errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
	if conn, err = connectTo(t, primary.URL("postgres")); err != nil {
		t.Fatal(err)
	}
	found, err := catalog.ReadServer(t.Context(), conn, time.Hour)
	if err != nil || len(found.Followers) != 1 || found.Followers[0].Slot || found.Followers[0].Logical || found.Followers[0].Name == "" || found.Hidden.Followers != 0 {
		t.Errorf("%+v, %v", found, err)
	}
	// Who may not read the statistics of others sees that there is a standby,
	// and not how far it is.
	role := primary.Database(t).Role(t, "")
	if conn, err = connectTo(t, role.URL()); err != nil {
		t.Fatal(err)
	}
	found, err = catalog.ReadServer(t.Context(), conn, time.Hour)
	if err != nil || len(found.Followers) != 1 || found.Hidden.Followers != 1 || string(found.Hidden.Role) != role.Name {
		t.Errorf("%+v, %v", found, err)
	}
}

// PostgreSQL itself decides whether a time zone makes timestamptz and
// timestamp interchangeable: it then keeps the file of the table.
func TestUTC(t *testing.T) {
	t.Parallel()
	zones := []string{
		"UTC", "Etc/UTC", "GMT", "0", "Etc/GMT0", "Zulu", "UCT", "Universal", "Greenwich", "<+00>0", "-00:00", "Factory",
		"Europe/London", "Africa/Abidjan", "Atlantic/Reykjavik", "WET", "Antarctica/Troll", "Europe/Lisbon", "Africa/Casablanca",
		"Etc/GMT+1", "GMT0BST", "America/Danmarkshavn", "Europe/Berlin", "Iceland", "EST5EDT", "+01:00", "Asia/Kathmandu", "UTC0UTC",
	}
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		for _, zone := range zones {
			if _, err := conn.Exec(t.Context(), "SELECT set_config('TimeZone', $1, false)", zone); err != nil {
				continue // not in this build's time zone data
			}
			id, err := catalog.Identify(t.Context(), conn)
			if err != nil {
				t.Fatal(err)
			}
			mustExec(t, conn, "DROP TABLE IF EXISTS z; CREATE TEMP TABLE z (c timestamp)")
			var before, after uint32
			for _, node := range []*uint32{&before, &after} {
				if err := conn.QueryRow(t.Context(), "SELECT pg_relation_filenode('z')").Scan(node); err != nil {
					t.Fatal(err)
				}
				mustExec(t, conn, "ALTER TABLE z ALTER c TYPE timestamptz")
			}
			if kept := before == after; kept != id.UTC {
				t.Errorf("%s: UTC is %v, but kept without rewrite is %v", zone, id.UTC, kept)
			}
		}
	})
}

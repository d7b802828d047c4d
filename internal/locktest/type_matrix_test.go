// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// typePair is a line of the planner's table of type changes.
type typePair struct {
	from, to string
	// inUTC and elsewhere are the effects where the session's time zone is UTC
	// and where it is not.
	inUTC, elsewhere planner.TypeChange
}

var effects = map[string]planner.TypeChange{
	"unchanged": planner.TypeUnchanged, "relabels": planner.TypeRelabels,
	"rebuilds indexes": planner.TypeRebuildsIndexes, "rewrites": planner.TypeRewrites,
}

func typePairs(t *testing.T) []typePair {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "planner", "testdata", "type_changes.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var pairs []typePair
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "|")
		effect, onlyUTC := strings.CutSuffix(strings.TrimSpace(parts[2]), " in UTC")
		inUTC, known := effects[effect]
		if !known {
			t.Fatalf("%q is not an effect", effect)
		}
		pair := typePair{strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1]), inUTC, inUTC}
		if onlyUTC {
			pair.elsewhere = planner.TypeRewrites
		}
		pairs = append(pairs, pair)
	}
	return pairs
}

const typePrelude = `
	CREATE EXTENSION citext;
	CREATE TYPE mood AS ENUM ('sad', 'happy');
	CREATE DOMAIN mood_domain AS mood;
	CREATE DOMAIN plain_domain AS text;
	CREATE DOMAIN checked_domain AS text CHECK (value <> 'never');
	CREATE DOMAIN varchar20_domain AS varchar(20);
	CREATE DOMAIN array_domain AS text[];
	CREATE DOMAIN nested_domain AS plain_domain;
	CREATE DOMAIN nested_checked_domain AS checked_domain;
	CREATE DOMAIN not_null_domain AS integer NOT NULL;
	CREATE DOMAIN timestamptz_domain AS timestamptz;
	CREATE DOMAIN numeric_domain AS numeric(10,2);
	CREATE DOMAIN char_domain AS char(10);
`

// The planner's table is what ALTER TABLE does, with a session time zone that
// is UTC and one that is not; and the classification with the facts of the real
// types agrees.
func TestTypeMatrix(t *testing.T) {
	t.Parallel()
	pairs := typePairs(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, typePrelude)
		conn := db.Connect(t)
		for i, pair := range pairs {
			exec(t, conn, fmt.Sprintf("CREATE TABLE t%d (c %s, d %s)", i, pair.from, pair.to))
			if _, err := conn.Exec(t.Context(), fmt.Sprintf("CREATE INDEX t%d_c ON t%d (c)", i, i)); err != nil {
				t.Logf("%s has no btree index: %v", pair.from, err)
			}
		}
		snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range []string{"UTC", "Europe/Berlin"} {
			exec(t, conn, "SET TimeZone = '"+zone+"'")
			settings := planner.Server{Version: server.Major * 10000, UTC: zone == "UTC"}
			for i, pair := range pairs {
				table := snapshot.Table(schema.QualifiedName{Schema: "public", Name: schema.Name(fmt.Sprintf("t%d", i))})
				from, to := table.Columns[0].Type, table.Columns[1].Type
				want := pair.elsewhere
				if settings.UTC {
					want = pair.inUTC
				}
				if got := planner.ClassifyTypeChange(settings, from, to); got != want {
					t.Errorf("%s: %s -> %s: classified %v, want %v", zone, pair.from, pair.to, got, want)
				}
				indexed := len(table.Indexes) > 0
				if !indexed && want == planner.TypeRebuildsIndexes {
					// Without an index it looks like a relabelling.
					want = planner.TypeRelabels
				}
				if got := measureType(t, conn, i, pair.to, from.Equal(to), indexed); got != want {
					t.Errorf("%s: %s -> %s: measured %v, want %v", zone, pair.from, pair.to, got, want)
				}
			}
		}
	})
}

func measureType(t *testing.T, conn *pgx.Conn, i int, to string, same, indexed bool) planner.TypeChange {
	t.Helper()
	if same {
		return planner.TypeUnchanged
	}
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	heap, index := fileNode(t, tx, fmt.Sprintf("t%d", i)), fileNode(t, tx, fmt.Sprintf("t%d_c", i))
	if _, err := tx.Exec(t.Context(), fmt.Sprintf("ALTER TABLE t%d ALTER COLUMN c TYPE %s", i, to)); err != nil {
		// Not without USING, or not at all: a transition as well.
		return planner.TypeRewrites
	}
	switch {
	case fileNode(t, tx, fmt.Sprintf("t%d", i)) != heap:
		return planner.TypeRewrites
	case indexed && fileNode(t, tx, fmt.Sprintf("t%d_c", i)) != index:
		return planner.TypeRebuildsIndexes
	}
	return planner.TypeRelabels
}

// fileNode is the file of a relation, or 0 where it is not there.
func fileNode(t *testing.T, tx pgx.Tx, relation string) (node uint32) {
	t.Helper()
	err := tx.QueryRow(t.Context(), "SELECT coalesce(pg_relation_filenode(to_regclass($1)), 0)", relation).Scan(&node)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

func exec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

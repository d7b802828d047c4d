// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// A name is quoted where any supported version quotes it, and nowhere else.
func TestReservedKeywords(t *testing.T) {
	t.Parallel()
	reserved, all := map[string]bool{}, map[string]bool{}
	for _, major := range pgtest.Versions() {
		conn := pgtest.Shared(t, major).Database(t).Connect(t)
		rows, err := conn.Query(t.Context(), "SELECT word, quote_ident(word) <> word FROM pg_get_keywords()")
		if err != nil {
			t.Fatal(err)
		}
		var word string
		var quoted bool
		if _, err := pgx.ForEachRow(rows, []any{&word, &quoted}, func() error {
			all[word] = true
			reserved[word] = reserved[word] || quoted
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	every := len(pgtest.Versions()) == 5
	for word := range all {
		if quoted := schema.Name(word).Quote() != word; quoted != reserved[word] && (every || reserved[word]) {
			t.Errorf("%s: quoted %v, but PostgreSQL %v", word, quoted, reserved[word])
		}
	}
}

// Names of random characters mean to PostgreSQL what they mean to us: quoted,
// they read back as they were, and quote_ident() agrees on the spelling.
func TestQuoteAgrees(t *testing.T) {
	t.Parallel()
	alphabet := []rune(`abzABZ019_$"'.;- \äß日😀` + "\t\n\u00a0")
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		random := rand.New(rand.NewPCG(1, 2))
		for range 400 {
			var name schema.Name
			for range 1 + random.IntN(12) {
				name += schema.Name(alphabet[random.IntN(len(alphabet))])
			}
			rows, err := conn.Query(t.Context(), "SELECT quote_ident($1) AS "+name.Quote(), pgx.QueryExecModeExec, string(name))
			if err != nil {
				t.Fatalf("%q: %v", string(name), err)
			}
			read := rows.FieldDescriptions()[0].Name
			quoted, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
			if err != nil || quoted != name.Quote() || read != string(name) {
				t.Errorf("%q: PostgreSQL spells it %s and reads %q, we spell it %s (%v)", string(name), quoted, read, name.Quote(), err)
			}
		}
	})
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

func TestConnectionsArePrepared(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "ALTER DATABASE "+db.Name+" SET idle_session_timeout = '1s'; ALTER DATABASE "+db.Name+" SET standard_conforming_strings = off")
		called := false
		config, err := pgxpool.ParseConfig(db.URL() + "&application_name=pipeline")
		if err != nil {
			t.Fatal(err)
		}
		config.AfterConnect = func(context.Context, *pgx.Conn) error { called = true; return nil }
		ConfigurePool(config)
		pool, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		for parameter, want := range map[string]string{
			"application_name":                    "pipeline",
			"client_connection_check_interval":    "2s",
			"idle_in_transaction_session_timeout": "1min",
			"idle_session_timeout":                "0",
			"standard_conforming_strings":         "on",
			"row_security":                        "off",
			"search_path":                         "pg_catalog, pg_temp",
			"pgphase.search_path":                 `"$user", public`,
		} {
			var got string
			if err := pool.QueryRow(t.Context(), "SELECT current_setting($1)", parameter).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s is %q, want %q", parameter, got, want)
			}
		}
		if !called {
			t.Error("the AfterConnect that was there is not called")
		}
	})
}

func TestLostSessionSaysThatNothingWasSent(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{})
	session := b.lock(t)
	if err := session.Conn().Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, op := range oneOfEach() {
		var lost *ConnectionLostError
		if err := session.Run(t.Context(), []planner.Operation{op}); !errors.As(err, &lost) || lost.Unknown {
			t.Errorf("got %v, want a ConnectionLostError with a known outcome", err)
		}
	}
}

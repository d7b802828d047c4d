// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

const testPassword = "correct horse battery"

// connectError configures, connects and returns the diagnostic of the failure.
func connectError(t testing.TB, given map[string]any) diag.Diagnostic {
	t.Helper()
	return databaseError(t, newTestProvider(t).mustConfigure(given))
}

func databaseError(t testing.TB, db *database) diag.Diagnostic {
	t.Helper()
	_, err := db.pool(t.Context())
	if err == nil {
		t.Fatal("connected")
	}
	diagnostics := db.report(err)
	if len(diagnostics) != 1 {
		t.Fatalf("%d diagnostics of %v", len(diagnostics), err)
	}
	if text := diagnostics[0].Summary() + diagnostics[0].Detail(); strings.Contains(text, testPassword) {
		t.Errorf("the password is shown:\n%s", text)
	}
	return diagnostics[0]
}

func wantError(t testing.TB, got diag.Diagnostic, summary, detail string) {
	t.Helper()
	if got.Summary() != summary || !strings.Contains(got.Detail(), detail) {
		t.Errorf("want %s\n... %s ...\ngot  %s\n%s", summary, detail, got.Summary(), got.Detail())
	}
}

// A real server with TLS, passwords, and limits.
func TestServerRefusesConnection(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, pgtest.Newest(), pgtest.TLS(), pgtest.HostBasedAuthentication(
		"hostssl all rejected 127.0.0.1/32 reject",
		"hostssl all all 127.0.0.1/32 scram-sha-256",
		"hostnossl all plain 127.0.0.1/32 trust",
	))
	db := server.Database(t)
	role := db.Role(t, "PASSWORD '"+testPassword+"'")
	full := db.Role(t, "CONNECTION LIMIT 0 PASSWORD '"+testPassword+"'")
	barred := db.Role(t, "PASSWORD '"+testPassword+"'")
	db.Exec(t, fmt.Sprintf("ALTER ROLE "+barred.Name+" NOLOGIN; REVOKE CONNECT ON DATABASE %s FROM PUBLIC; GRANT CONNECT ON DATABASE %s TO %s, %s, %s",
		db.Name, db.Name, full.Name, role.Name, barred.Name))
	stranger := db.Role(t, "PASSWORD '"+testPassword+"'")
	place := "127.0.0.1:" + strconv.Itoa(server.Port)
	given := func(changes ...string) map[string]any {
		values := map[string]any{
			"host": "127.0.0.1", "port": strconv.Itoa(server.Port), "database": db.Name, "username": role.Name, "password": testPassword,
			"sslmode": "verify-full", "sslrootcert": server.Authority, "connect_timeout": "30s",
		}
		for i := 0; i < len(changes); i += 2 {
			values[changes[i]] = changes[i+1]
			if changes[i+1] == "" {
				delete(values, changes[i])
			}
		}
		return values
	}
	if _, err := newTestProvider(t).mustConfigure(given()).pool(t.Context()); err != nil {
		t.Fatalf("the settings that the cases below spoil: %v", err)
	}
	for name, test := range map[string]struct {
		given           map[string]any
		summary, detail string
	}{
		"wrong password": {
			given("password", "wrong"),
			fmt.Sprintf("Wrong password for user %q at %s", role.Name, place), "SQLSTATE 28P01",
		},
		"no password": {
			given("password", ""),
			fmt.Sprintf("No password for user %q at %s", role.Name, place), "PGPASSWORD",
		},
		"no entry in pg_hba.conf": {
			given("sslmode", "disable", "sslrootcert", ""),
			fmt.Sprintf("The server at %s accepts no connection from here as user %q", place, role.Name), "sslmode",
		},
		"rejected": {
			given("username", "rejected"),
			fmt.Sprintf("The server at %s accepts no connection from here as user %q", place, "rejected"), "pg_hba.conf",
		},
		"no LOGIN": {
			given("username", barred.Name),
			fmt.Sprintf("The role %q cannot log in at %s", barred.Name, place), "LOGIN",
		},
		"no database": {
			given("database", "nowhere"),
			fmt.Sprintf("There is no database %q at %s", "nowhere", place), "PGDATABASE",
		},
		"no privilege": {
			given("username", stranger.Name),
			fmt.Sprintf("The role %q may not connect to the database %q", stranger.Name, db.Name), "GRANT CONNECT ON DATABASE " + db.Name,
		},
		"too many connections": {
			given("username", full.Name),
			fmt.Sprintf("The server at %s has no free connection", place), "four",
		},
		"bad options": {
			given("options", "-c no_such_setting=1"),
			fmt.Sprintf("The server at %s refuses a setting of the session", place), "no_such_setting",
		},
		"unknown authority": {
			given("sslrootcert", "system"),
			"Cannot encrypt the connection to PostgreSQL at " + place, "an authority that is not trusted",
		},
		"authentication method": {
			given("require_auth", "md5"),
			"Cannot connect to PostgreSQL at " + place, "md5",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantError(t, connectError(t, test.given), test.summary, test.detail)
		})
	}
	t.Run("wrong host name", func(t *testing.T) {
		t.Parallel()
		db := newTestProvider(t).mustConfigure(given("host", "db.example"))
		db.config.ConnConfig.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
		wantError(t, databaseError(t, db), fmt.Sprintf("Cannot encrypt the connection to PostgreSQL at db.example:%d", server.Port),
			`does not hold for the name "db.example"`)
	})
	t.Run("verify-ca leaves the name alone", func(t *testing.T) {
		t.Parallel()
		db := newTestProvider(t).mustConfigure(given("host", "db.example", "sslmode", "verify-ca"))
		db.config.ConnConfig.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
		if _, err := db.pool(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestServerWithoutTLS(t *testing.T) {
	t.Parallel()
	server := pgtest.Shared(t, pgtest.Newest())
	got := connectError(t, map[string]any{"url": server.URL("postgres"), "sslmode": "require"})
	wantError(t, got, fmt.Sprintf("The server at 127.0.0.1:%d does not do TLS", server.Port), "sslmode")
}

func TestStandbyIsRefused(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t, pgtest.Newest())
	standby := pgtest.StartStandby(t, primary)
	summary := fmt.Sprintf("The server at 127.0.0.1:%d is a standby", standby.Port)
	wantError(t, connectError(t, map[string]any{"url": standby.URL("postgres")}), summary, "primary")

	// Of several hosts the primary is found wherever it stands.
	both := newTestProvider(t).mustConfigure(map[string]any{
		"username": "postgres", "sslmode": "disable",
		"host": "127.0.0.1,127.0.0.1", "port": fmt.Sprintf("%d,%d", standby.Port, primary.Port),
	})
	pool, err := both.pool(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if port := pool.Config().ConnConfig.Port; int(port) == primary.Port {
		t.Errorf("the test tries the primary first")
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	// Two listeners: one that is closed again, one that never reads.
	closed, silent := listen(t), listen(t)
	closed.Close()
	for name, test := range map[string]struct {
		given           map[string]any
		summary, detail string
	}{
		"refused": {
			map[string]any{"url": "postgres://u@" + closed.Addr().String() + "/db"},
			"Cannot reach PostgreSQL at " + closed.Addr().String(), "nothing accepts connections on that port",
		},
		"silent": {
			map[string]any{"url": "postgres://u@" + silent.Addr().String() + "/db", "connect_timeout": "1s"},
			"Cannot reach PostgreSQL at " + silent.Addr().String(), "connect_timeout",
		},
		"no socket": {
			map[string]any{"host": directory, "username": "u"},
			"Cannot reach PostgreSQL at " + filepath.Join(directory, ".s.PGSQL.5432"), "no such Unix socket",
		},
		"no name": {
			map[string]any{"host": "db.invalid", "username": "u"},
			`Cannot find the host "db.invalid"`, "PGHOST",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.given["password"] = testPassword
			wantError(t, connectError(t, test.given), test.summary, test.detail)
		})
	}
}

// Servers that a test cannot have for real: they are played.
func TestPlayedServers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		play            func(*pgproto3.Backend)
		summary, detail string // %s is the address
	}{
		"starting up": {
			failing("57P03", "the database system is starting up"),
			"The server at %s does not accept connections at the moment", "the database system is starting up",
		},
		"full": {
			failing("53300", "sorry, too many clients already"),
			"The server at %s has no free connection", "max_connections",
		},
		"a pooler that dislikes a parameter": {
			failing("08P01", "unsupported startup parameter: options"),
			"Cannot connect to PostgreSQL at %s", "unsupported startup parameter: options",
		},
		"a code that nobody expects": {
			failing("XX999", "no idea"),
			"Cannot connect to PostgreSQL at %s", "psql",
		},
		"a server that quotes the password": {
			failing("XX999", "user u with "+testPassword),
			"Cannot connect to PostgreSQL at %s", "user u with (password)",
		},
		"a proxy without a server": {
			func(*pgproto3.Backend) {},
			"Cannot reach PostgreSQL at %s", "closed it without an answer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := played(t, test.play)
			got := connectError(t, map[string]any{"url": "postgres://u@" + address + "/db?sslmode=disable", "password": testPassword})
			wantError(t, got, fmt.Sprintf(test.summary, address), test.detail)
		})
	}
}

func failing(code, message string) func(*pgproto3.Backend) {
	return func(backend *pgproto3.Backend) {
		if _, err := backend.ReceiveStartupMessage(); err != nil {
			return
		}
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: message})
		_ = backend.Flush()
	}
}

// played listens and lets play answer each connection, then closes it.
func played(t testing.TB, play func(*pgproto3.Backend)) string {
	t.Helper()
	listener := listen(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			play(pgproto3.NewBackend(conn, conn))
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

func TestExplainServer(t *testing.T) {
	t.Parallel()
	at := connectionTarget{place: "db:5432"}
	for summary, err := range map[string]error{
		"CockroachDB at db:5432 is not supported":                     &catalog.UnsupportedServerError{Product: "CockroachDB", Version: "CockroachDB CCL v24", Reason: "it is not PostgreSQL"},
		"The server at db:5432 is a standby":                          fmt.Errorf("identify: %w", &catalog.StandbyError{Database: "db"}),
		"There is a connection pooler in transaction mode at db:5432": &catalog.PoolerError{Evidence: "two connections share the server process 7"},
		"The connection to PostgreSQL at db:5432 was lost":            fmt.Errorf("run: %w", io.ErrUnexpectedEOF),
	} {
		got, ok := explain(err, at)
		if !ok || got.summary != summary {
			t.Errorf("%v: %v %q", err, ok, got.summary)
		}
	}
	if got, ok := explain(&pgconn.PgError{Code: "57P01", Message: "terminating connection due to administrator command"}, at); !ok || got.summary != "The connection to PostgreSQL at db:5432 was lost" {
		t.Errorf("terminated: %v %q", ok, got.summary)
	}
	for _, err := range []error{errors.New("anything"), &pgconn.PgError{Code: "42501", Message: "permission denied for table users"}} {
		if got, ok := explain(err, at); ok {
			t.Errorf("%v is taken for a failure of the connection: %q", err, got.summary)
		}
	}
}

// A thousand resources meet the same server: it is tried once, and described
// once.
func TestFailureIsReportedOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	connections := 0
	address := played(t, func(backend *pgproto3.Backend) {
		mu.Lock()
		connections++
		mu.Unlock()
		failing("57P03", "the database system is starting up")(backend)
	})
	db := newTestProvider(t).mustConfigure(map[string]any{"url": "postgres://u@" + address + "/db?sslmode=disable"})
	var wait sync.WaitGroup
	details := make(chan string, 1000)
	for range cap(details) {
		wait.Go(func() {
			_, err := db.server(t.Context())
			for _, d := range db.report(fmt.Errorf("read the table: %w", err)) {
				details <- d.Detail()
			}
		})
	}
	wait.Wait()
	close(details)
	full, total := 0, 0
	for detail := range details {
		total++
		if strings.Contains(detail, "\n") {
			full++
		}
	}
	if connections != 1 || full != 1 || total != 1000 {
		t.Errorf("%d connections, %d full reports of %d", connections, full, total)
	}
}

// Ctrl-C of one resource says nothing about the server.
func TestCancelledConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	silent := listen(t)
	db := newTestProvider(t).mustConfigure(map[string]any{"url": "postgres://u@" + silent.Addr().String() + "/db"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.pool(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if db.failure != nil {
		t.Errorf("kept as a failure: %v", db.failure)
	}
}

// A session that the server ends in mid-work, and the pool after it.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	database := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db := newTestProvider(t).mustConfigure(map[string]any{"url": database.URL()})
	pool, err := db.pool(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	session, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	database.Exec(t, fmt.Sprintf("SELECT pg_terminate_backend(%d)", session.Conn().PgConn().PID()))
	_, err = session.Exec(t.Context(), "SELECT pg_sleep(60)")
	session.Release()
	if err == nil {
		t.Fatal("a terminated session works")
	}
	report := db.report(fmt.Errorf("add the column: %w", err))[0]
	wantError(t, report, "The connection to PostgreSQL at 127.0.0.1:"+strconv.Itoa(database.Server.Port)+" was lost", "Run Terraform again")
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("the pool does not recover: %v", err)
	}
}

func TestStatementError(t *testing.T) {
	t.Parallel()
	refused := &pgconn.PgError{Severity: "ERROR", Code: "42501", Message: "permission denied for table users", Hint: "Ask."}
	got := statementError(fmt.Errorf("read the catalog: %w", refused), connectionTarget{})
	want := "Read the catalog:\n\n    ERROR: permission denied for table users (SQLSTATE 42501)\n    Ask."
	if got.Summary() != "PostgreSQL refused a statement" || got.Detail() != want {
		t.Errorf("%s\n%s", got.Summary(), got.Detail())
	}
}

// The URL of pgtest has no password; the error must not invent a user either.
func TestTargetWithoutDatabase(t *testing.T) {
	t.Parallel()
	u := url.URL{Scheme: "postgres", User: url.User("alice"), Host: "db.example"}
	db := newTestProvider(t).mustConfigure(map[string]any{"url": u.String()})
	if got := targetOf(db.config.ConnConfig); got.database != "alice" || got.place != "db.example:5432" || got.several {
		t.Errorf("%+v", got)
	}
}

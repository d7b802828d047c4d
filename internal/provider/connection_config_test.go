// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// outcome is what a configuration comes down to.
type outcome struct {
	Host, User, Password, Database, Application string
	Port                                        uint16
	ConnectTimeout                              time.Duration
}

func outcomeOf(config *pgx.ConnConfig) outcome {
	return outcome{
		config.Host, config.User, config.Password, config.Database, config.RuntimeParams["application_name"],
		config.Port, config.ConnectTimeout,
	}
}

const defaultApplication = "terraform-provider-pgphase"

func TestConnectionArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given map[string]any
		want  outcome
	}{
		"arguments alone": {
			map[string]any{"host": "db.example", "port": "6000", "username": "alice", "password": "a b+c&d=e%f@/?#'", "database": "my shop"},
			outcome{"db.example", "alice", "a b+c&d=e%f@/?#'", "my shop", defaultApplication, 6000, defaultConnectTimeout},
		},
		"url alone": {
			map[string]any{"url": "postgresql://alice:p%40ss@db.example:6000/shop?connect_timeout=3&application_name=ci"},
			outcome{"db.example", "alice", "p@ss", "shop", "ci", 6000, 3 * time.Second},
		},
		"arguments override the url": {
			map[string]any{
				"url": "postgres://alice:one@db.example:6000/shop?application_name=ci", "host": "other.example", "username": "bob",
				"password": "two", "application_name": "mine", "connect_timeout": "2m",
			},
			outcome{"other.example", "bob", "two", "shop", "mine", 6000, 2 * time.Minute},
		},
		"arguments behind a url without path": {
			map[string]any{"url": "postgres://alice@db.example", "database": "shop"},
			outcome{"db.example", "alice", "", "shop", defaultApplication, 5432, defaultConnectTimeout},
		},
		"a question mark in the password of the url is none of the query": {
			map[string]any{"url": "postgres://alice:w?y@db.example/shop", "username": "bob"},
			outcome{"db.example", "bob", "w?y", "shop", defaultApplication, 5432, defaultConnectTimeout},
		},
		"a url that ends in a separator": {
			map[string]any{"url": "postgres://alice@db.example/shop?", "username": "bob"},
			outcome{"db.example", "bob", "", "shop", defaultApplication, 5432, defaultConnectTimeout},
		},
		"parameters that tune only libpq": {
			map[string]any{"url": "postgres://alice@db.example/shop?keepalives=1&gssencmode=disable&sslcompression=0&fallback_application_name=late"},
			outcome{"db.example", "alice", "", "shop", "late", 5432, defaultConnectTimeout},
		},
		"IPv6 and sockets": {
			map[string]any{"url": "postgres://alice@[::1]:6000/shop"},
			outcome{"::1", "alice", "", "shop", defaultApplication, 6000, defaultConnectTimeout},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newTestProvider(t).mustConfigure(test.given)
			if diff := cmp.Diff(test.want, outcomeOf(db.config.ConnConfig)); diff != "" {
				t.Error(diff)
			}
			for parameter := range db.config.ConnConfig.RuntimeParams {
				switch parameter {
				case "application_name", "client_encoding":
				default:
					t.Errorf("the server would be sent %q", parameter)
				}
			}
		})
	}
}

func TestSeveralHostsMeanThePrimary(t *testing.T) {
	t.Parallel()
	one := newTestProvider(t).mustConfigure(map[string]any{"host": "one", "username": "alice"})
	if one.config.ConnConfig.ValidateConnect != nil {
		t.Error("one host is asked whether it is the primary before the identity check")
	}
	two := newTestProvider(t).mustConfigure(map[string]any{"host": "one,two", "username": "alice"})
	if two.config.ConnConfig.ValidateConnect == nil {
		t.Error("of two hosts the first is taken, standby or not")
	}
	if got := targetOf(two.config.ConnConfig).place; got != "one:5432, two:5432" {
		t.Errorf("place %q", got)
	}
}

// Serial, because the environment belongs to the process.
func TestEnvironmentHasLessWeight(t *testing.T) {
	directory := t.TempDir()
	services := filepath.Join(directory, "services")
	passwords := filepath.Join(directory, "passwords")
	writeTestFile(t, services, "[shop]\nhost=service.example\nport=7000\ndbname=fromservice\n")
	writeTestFile(t, passwords, "*:*:*:*:frompassfile\n")
	for name, value := range map[string]string{
		"PGHOST": "env.example", "PGPORT": "6000", "PGUSER": "envuser", "PGDATABASE": "envdb", "PGAPPNAME": "envapp",
		"PGCONNECT_TIMEOUT": "7", "PGPASSFILE": passwords, "PGSERVICEFILE": services,
	} {
		t.Setenv(name, value)
	}
	for name, test := range map[string]struct { //nolint:paralleltest // t.Setenv forbids it
		given map[string]any
		want  outcome
	}{
		"environment alone": {
			nil, outcome{"env.example", "envuser", "frompassfile", "envdb", "envapp", 6000, 7 * time.Second},
		},
		"url over environment": {
			map[string]any{"url": "postgres://alice@db.example:6001/shop"},
			outcome{"db.example", "alice", "frompassfile", "shop", "envapp", 6001, 7 * time.Second},
		},
		"service over environment": {
			map[string]any{"service": "shop"},
			outcome{"service.example", "envuser", "frompassfile", "fromservice", "envapp", 7000, 7 * time.Second},
		},
		"url over service": {
			map[string]any{"service": "shop", "url": "postgres://db.example/"},
			outcome{"db.example", "envuser", "frompassfile", "fromservice", "envapp", 7000, 7 * time.Second},
		},
		"argument over all": {
			map[string]any{"service": "shop", "url": "postgres://db.example/", "host": "argument.example", "connect_timeout": "1s"},
			outcome{"argument.example", "envuser", "frompassfile", "fromservice", "envapp", 7000, time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			db := newTestProvider(t).mustConfigure(test.given)
			if diff := cmp.Diff(test.want, outcomeOf(db.config.ConnConfig)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("a variable that cannot be honoured", func(t *testing.T) {
		t.Setenv("PGSSLCRL", "/etc/revoked.pem")
		_, diagnostics := newTestProvider(t).configure(nil)
		wantDiagnostic(t, diagnostics, "error: Cannot honour the environment variable PGSSLCRL")
	})
}

func TestBadConnectionArguments(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for name, test := range map[string]struct {
		given map[string]any
		want  string
	}{
		"port":                    {map[string]any{"port": "65536"}, `error at AttributeName("port"): "65536" is not a port`},
		"port of none":            {map[string]any{"port": "5432,"}, `error at AttributeName("port"): "" is not a port`},
		"ports without hosts":     {map[string]any{"host": "a", "port": "1,2"}, `error at AttributeName("host"): Invalid connection settings` + "\nCould not match 2 port numbers to 1 hosts."},
		"host":                    {map[string]any{"host": ""}, `error at AttributeName("host"): Invalid Attribute Value Length`},
		"sslmode":                 {map[string]any{"sslmode": "verify"}, `error at AttributeName("sslmode"): Invalid Attribute Value Match`},
		"missing authority":       {map[string]any{"host": "a", "sslrootcert": missing}, `error at AttributeName("sslrootcert"): Invalid connection settings`},
		"certificate alone":       {map[string]any{"host": "a", "sslcert": missing}, `error at AttributeName("sslcert"): Invalid connection settings`},
		"authority without TLS":   {map[string]any{"host": "a", "sslmode": "disable", "sslrootcert": missing}, `error at AttributeName("sslrootcert"): sslrootcert has no meaning`},
		"standby wanted":          {map[string]any{"target_session_attrs": "standby"}, `error at AttributeName("target_session_attrs"): Invalid Attribute Value Match`},
		"standby wanted by url":   {map[string]any{"url": "postgres://a/?target_session_attrs=nonsense"}, `Unknown target_session_attrs value`},
		"service":                 {map[string]any{"service": "nowhere", "servicefile": missing}, `error at AttributeName("service"): Invalid connection settings`},
		"require_auth":            {map[string]any{"require_auth": "magic"}, `error at AttributeName("require_auth"): Invalid connection settings`},
		"timeout below a second":  {map[string]any{"connect_timeout": "200ms"}, `error at AttributeName("connect_timeout"): 200ms makes no sense here`},
		"timeout between seconds": {map[string]any{"connect_timeout": "1500ms"}, `error at AttributeName("connect_timeout"): 1500ms is not a multiple of 1s`},
		"url of another kind":     {map[string]any{"url": "jdbc:postgresql://h/db"}, `error at AttributeName("url"): Malformed connection URL`},
		"url with a newline":      {map[string]any{"url": "postgres://u:p@h/db\n"}, "trimspace"},
		"url with bad escape":     {map[string]any{"url": "postgres://u:50%@h/db"}, "percent sign"},
		"url with a bad port":     {map[string]any{"url": "postgres://u:p@h:port/db"}, `error`},
		"refused parameter":       {map[string]any{"url": "postgres://h/db?sslcrl=/x"}, `error at AttributeName("url"): Invalid connection settings` + "\nThe connection parameter sslcrl"},
		"replication":             {map[string]any{"url": "postgres://h/db?replication=database"}, "The connection parameter replication"},
		"GSSAPI":                  {map[string]any{"url": "postgres://h/db?gssencmode=require"}, "The connection parameter gssencmode"},
		"unknown parameter":       {map[string]any{"url": "postgres://h/db?search_path=x"}, `"search_path" is not a connection parameter. A setting of the session is written as options = "-c search_path=..."`},
		"parameter of the pool":   {map[string]any{"url": "postgres://h/db?pool_max_conns=50"}, `"pool_max_conns" is not a connection parameter`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diagnostics := newTestProvider(t).configure(test.given)
			wantDiagnostic(t, diagnostics, test.want)
		})
	}
}

// Whatever characters surround it, no part of a password in a URL reaches a
// diagnostic: neither when the URL is refused, nor when it is read in a way
// that its author did not mean and the connection fails later.
func TestNoPasswordInDiagnostics(t *testing.T) {
	t.Parallel()
	const secret = "SECRET"
	p := newTestProvider(t)
	var characters []string
	for c := byte(' '); c < 127; c++ {
		if c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z' {
			characters = append(characters, string(c))
		}
	}
	characters = append(characters, "", "x", "1", "%41", "\n", "=1&a", "/?a=")
	for _, before := range characters {
		for _, after := range characters {
			for _, shape := range []string{"postgres://user:%@h/db", "postgresql://:%@h:1,i:2/db?sslmode=require", "postgres://h/db?password=%", "host=h password=%"} {
				url := strings.Replace(shape, "%", before+secret+after, 1)
				var said []string
				_, diagnostics := p.configure(map[string]any{"url": url})
				said = append(said, diagnosticTexts(diagnostics))
				if len(diagnostics) == 0 {
					db := p.server.provider.databases[len(p.server.provider.databases)-1]
					target := targetOf(db.config.ConnConfig)
					said = append(said, target.place, target.user, target.database, target.host)
				}
				if text := strings.Join(said, "\n"); strings.Contains(text, secret) {
					t.Fatalf("%q shows the password:\n%s", url, text)
				}
			}
		}
	}
}

func writeTestFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

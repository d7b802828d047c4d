// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Option changes how a private server of [Start] or [Launch] is set up.
type Option func(*options)

type options struct {
	settings map[string]string
	hba      []string
	tls      bool
}

// Setting sets a parameter of postgresql.conf.
func Setting(name, value string) Option {
	return func(o *options) { o.settings[name] = value }
}

// Durable turns on what the default settings turn off for speed, for tests and
// measurements that need a production server's writes.
func Durable() Option {
	return func(o *options) {
		o.settings["fsync"] = "on"
		o.settings["full_page_writes"] = "on"
	}
}

// HostBasedAuthentication replaces pg_hba.conf, which by default trusts every
// role over the socket and over 127.0.0.1. The superuser postgres is always
// trusted over the socket, because the package itself connects that way.
func HostBasedAuthentication(lines ...string) Option {
	return func(o *options) { o.hba = lines }
}

// TLS makes the server accept TLS with a certificate for 127.0.0.1 and
// localhost; [Server.Authority] is the certificate authority to trust.
func TLS() Option {
	return func(o *options) { o.tls = true }
}

func newOptions(list []Option) options {
	o := options{settings: maps.Clone(defaultSettings)}
	for _, option := range list {
		option(&o)
	}
	return o
}

// defaultSettings are for servers whose data nobody needs tomorrow. What is
// off only matters when the operating system goes down: a server that is
// killed and started again recovers every committed transaction, because
// synchronous_commit stays on.
var defaultSettings = map[string]string{
	"fsync":            "off",
	"full_page_writes": "off",
	"shared_buffers":   "64MB",
	"max_connections":  "200",
	"wal_level":        "logical",
	"autovacuum":       "on",
	"track_io_timing":  "off",
	// Compilation on the fly is in some builds and not in others.
	"jit": "off",
	// The default of 0 forbids tests about prepared transactions.
	"max_prepared_transactions": "10",
	"timezone":                  "UTC",
	"log_timezone":              "UTC",
	"log_destination":           "stderr",
	// With the collector a statement could reach the log after its result.
	"logging_collector": "off",
	"log_line_prefix":   logLinePrefix,
	"log_statement":     "all",
	"log_checkpoints":   "off",
}

func (o options) configuration() string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(o.settings)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(o.settings[name], "'", "''"))
	}
	return text.String()
}

func (o options) authentication() string {
	return "local all postgres trust\n" + strings.Join(o.hba, "\n") + "\n"
}

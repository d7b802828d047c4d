// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// explanation is what a user needs to know about a failure.
type explanation struct {
	summary string
	cause   string // what happened, and what follows from it
	next    string // what to do
}

// connectionTarget is the server that could not be used, in words.
type connectionTarget struct {
	place    string // "db.example.com:5432" or the path of a socket
	several  bool   // there is more than one place
	host     string
	database string
	user     string
	password string // never shown: it is what redact removes
}

func targetOf(config *pgx.ConnConfig) connectionTarget {
	places := networkPlaces(&config.Config)
	t := connectionTarget{
		place: strings.Join(places, ", "), several: len(places) > 1,
		host: config.Host, database: config.Database, user: config.User, password: config.Password,
	}
	if t.database == "" {
		t.database = t.user // as the server does
	}
	return t
}

// networkPlaces returns what a configuration may connect to, in its order. One
// host is there twice where TLS is tried first and then not.
func networkPlaces(config *pgconn.Config) []string {
	places := []string{networkPlace(config.Host, config.Port)}
	for _, f := range config.Fallbacks {
		if p := networkPlace(f.Host, f.Port); !slices.Contains(places, p) {
			places = append(places, p)
		}
	}
	return places
}

func networkPlace(host string, port uint16) string {
	network, address := pgconn.NetworkAddress(host, port)
	if network == "unix" {
		return address
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// redact removes the password from a text of other origin. None should hold
// it; a server is free to quote what it got.
func (t connectionTarget) redact(text string) string {
	if len(t.password) < 4 {
		return text // no secret, and it would make holes everywhere
	}
	return strings.ReplaceAll(text, t.password, "(password)")
}

// report turns any error of the database into a diagnostic. Of one failure to
// connect the first report is the full one, and the others refer to it: a
// thousand resources have the same to say.
func (d *database) report(err error) diag.Diagnostics {
	if !d.known() {
		return diag.Diagnostics{diag.NewErrorDiagnostic("The provider is not configured", "A part of its configuration is not known yet.")}
	}
	t := targetOf(d.config.ConnConfig)
	e, about := explain(err, t)
	if !about {
		return diag.Diagnostics{statementError(err, t)}
	}
	detail := t.redact(e.cause + "\n\n" + e.next)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reported[e.summary] {
		detail = "This is the same failure as the one that is reported in full for another resource of this run."
	}
	d.reported[e.summary] = true
	return diag.Diagnostics{diag.NewErrorDiagnostic(e.summary, detail)}
}

// explain explains failures of the connection, and of the server as such. It
// reports false for an error of a statement.
func explain(err error, t connectionTarget) (explanation, bool) {
	for _, ask := range []func(error, connectionTarget) (explanation, bool){
		explainServer, explainRefusal, explainTLS, explainNetwork,
	} {
		if e, ok := ask(err, t); ok {
			if t.several {
				e.cause += "\n\nAll attempts:\n\n" + indent(err.Error())
			}
			return e, true
		}
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); !ok {
		return explanation{}, false
	}
	return explanation{
		summary: "Cannot connect to PostgreSQL at " + t.place,
		cause:   "Nothing was read or changed. The attempt ended with:\n\n" + indent(err.Error()),
		next:    fmt.Sprintf("Try the same with psql:\n\n    psql \"host=%s user=%s dbname=%s\"", t.host, t.user, t.database),
	}, true
}

// explainServer explains servers that answer but cannot be used.
func explainServer(err error, t connectionTarget) (explanation, bool) {
	var unsupported *catalog.UnsupportedServerError
	var standby *catalog.StandbyError
	var pooler *catalog.PoolerError
	switch {
	case errors.As(err, &unsupported):
		return explanation{
			summary: fmt.Sprintf("%s at %s is not supported", unsupported.Product, t.place),
			cause: fmt.Sprintf("%s. The server says of itself:\n\n    %s\n\nLocks and rewrites of PostgreSQL 14 to 18 are what the provider knows: "+
				"a plan for anything else would only look safe. Nothing was changed.", capitalize(unsupported.Reason), unsupported.Version),
			next: "Use PostgreSQL 14 or later, or a service that is PostgreSQL inside (Amazon RDS and Aurora, Google Cloud SQL and AlloyDB, " +
				"Azure Database, Neon, Crunchy Bridge, Supabase).",
		}, true
	case errors.As(err, &standby), errors.Is(err, pgconn.ErrStandbyConnection), errors.Is(err, pgconn.ErrReadOnlyConnection):
		return explanation{
			summary: "The server at " + t.place + " is a standby",
			cause: "It is in recovery, or its sessions are read-only: it repeats what its primary does and accepts no change of its own. " +
				"A plan made there could not be applied, and may be behind.",
			next: "Connect to the primary. With several hosts in host or url the provider finds it by itself.",
		}, true
	case errors.As(err, &pooler):
		return explanation{
			summary: "There is a connection pooler in transaction mode at " + t.place,
			cause: "It gives the server's session to somebody else after each transaction (" + pooler.Evidence + "). The advisory lock on a table and the timeouts of " +
				"a session would be lost, or land in an application's session. Nothing was changed.",
			next: "Connect to PostgreSQL itself, or to a port of the pooler in session mode: pool_mode = session in PgBouncer and Odyssey, " +
				"port 5432 instead of 6543 at Supabase, the host name without -pooler at Neon, the database's endpoint instead of an RDS Proxy.\n\n" +
				hazard.PoolerSessionState.Reference(),
		}, true
	}
	return explanation{}, false
}

// statementError reports what the server says about a statement.
func statementError(err error, t connectionTarget) diag.Diagnostic {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return diag.NewErrorDiagnostic("The work on the database failed", t.redact(capitalize(err.Error())))
	}
	detail := fmt.Sprintf("%s: %s (SQLSTATE %s)", refused.Severity, refused.Message, refused.Code)
	if refused.Detail != "" {
		detail += "\n" + refused.Detail
	}
	if refused.Hint != "" {
		detail += "\n" + refused.Hint
	}
	if context := strings.TrimSuffix(err.Error(), refused.Error()); context != err.Error() && context != "" {
		detail = capitalize(strings.TrimSuffix(context, ": ")) + ":\n\n" + indent(detail)
	}
	return diag.NewErrorDiagnostic("PostgreSQL refused a statement", t.redact(detail))
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// SQLSTATEs of a refused connection (manual, appendix A). PostgreSQL uses
// 28000 for several causes; the name of the function that raised it tells them
// apart and is not translated, as the message is.
const (
	invalidAuthorization = "28000"
	invalidPassword      = "28P01"
	noDatabase           = "3D000"
	noPrivilege          = "42501"
	tooManyConnections   = "53300"
	adminShutdown        = "57P01"
	crashShutdown        = "57P02"
	cannotConnectNow     = "57P03"
	protocolViolation    = "08P01"
	noSuchSetting        = "42704"
	badSetting           = "22023"
)

// explainRefusal explains what a server says instead of accepting a session,
// or when it ends one.
func explainRefusal(err error, t connectionTarget) (explanation, bool) {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return explanation{}, false
	}
	said := fmt.Sprintf("PostgreSQL says:\n\n    %s (SQLSTATE %s)", refused.Message, refused.Code)
	switch refused.Code {
	case adminShutdown, crashShutdown:
		return lostConnection(t, said), true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); !ok {
		return explanation{}, false
	}
	e := explanation{summary: "Cannot connect to PostgreSQL at " + t.place, cause: said}
	switch refused.Code {
	case invalidPassword:
		e.summary = fmt.Sprintf("Wrong password for user %q at %s", t.user, t.place)
		e.next = "The password comes from the argument password, else from url, the service file, PGPASSWORD or the password file. " +
			"PostgreSQL gives the same answer for a role that does not exist, that has no password, or whose password has expired (VALID UNTIL)."
		if t.password == "" {
			e.summary = fmt.Sprintf("No password for user %q at %s", t.user, t.place)
			e.next = "The server asks for one. Set the argument password, PGPASSWORD, or a line of the password file for this host, port, database and user."
		}
	case invalidAuthorization:
		if refused.Routine == "ClientAuthentication" {
			e.summary = fmt.Sprintf("The server at %s accepts no connection from here as user %q", t.place, t.user)
			e.next = fmt.Sprintf("Its pg_hba.conf has no line that allows user %q and database %q from this address with this kind of encryption. "+
				"If it asks for TLS, set sslmode = \"verify-full\" (or \"require\"). Otherwise the administrator of the server has to add a line.", t.user, t.database)
			break
		}
		e.summary = fmt.Sprintf("The role %q cannot log in at %s", t.user, t.place)
		e.next = "Check the argument username (PGUSER). The role has to exist, and to have the attribute LOGIN."
	case noDatabase:
		e.summary = fmt.Sprintf("There is no database %q at %s", t.database, t.place)
		e.next = "Check the argument database (PGDATABASE). The provider changes schemas within a database and does not create one."
	case noPrivilege:
		e.summary = fmt.Sprintf("The role %q may not connect to the database %q", t.user, t.database)
		e.next = fmt.Sprintf("The privilege CONNECT is missing. The owner of the database can give it:\n\n    GRANT CONNECT ON DATABASE %s TO %s;",
			schema.Name(t.database).Quote(), schema.Name(t.user).Quote())
	case tooManyConnections:
		e.summary = "The server at " + t.place + " has no free connection"
		e.next = "The provider needs up to four. Raise max_connections (or the limit of the role or database), end sessions that nobody needs, or try again later."
	case cannotConnectNow:
		e.summary = "The server at " + t.place + " does not accept connections at the moment"
		e.next = "It is starting up, shutting down or recovering. Run Terraform again when it is up."
	case protocolViolation:
		e.next = "A connection pooler answers like this when it refuses a parameter of the session. Connect to PostgreSQL itself, or remove options (PGOPTIONS)."
	case noSuchSetting, badSetting:
		e.summary = "The server at " + t.place + " refuses a setting of the session"
		e.next = "Check the argument options (PGOPTIONS) and PGTZ."
	default:
		e.next = fmt.Sprintf("Try the same with psql:\n\n    psql \"host=%s user=%s dbname=%s\"", t.host, t.user, t.database)
	}
	return e, true
}

// lostConnection explains a session that ended in mid-work.
func lostConnection(t connectionTarget, said string) explanation {
	return explanation{
		summary: "The connection to PostgreSQL at " + t.place + " was lost",
		cause: said + "\n\nWhat ran in a transaction was rolled back by the server; what had been committed stays. " +
			"An index that was being built concurrently is left invalid.",
		next: "Run Terraform again when the server is up: it recognises what is half done and goes on from there.",
	}
}

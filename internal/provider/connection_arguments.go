// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// urlArgument is the argument that the others override.
const urlArgument = "url"

// connectionArgument is one connection setting of libpq as an argument of the provider.
type connectionArgument struct {
	name        string
	keyword     string // of a connection string; empty for url
	environment string // variable that libpq reads
	description string
	fallback    string // what holds where neither says anything: the end of a sentence
	sensitive   bool
	values      []string // all values, if they can be listed
	validators  []validator.String
}

// connectionArguments are all connection settings that have an argument of their own.
// The rest of what libpq knows can be written as a query parameter of the URL.
var connectionArguments = []connectionArgument{
	{
		name: urlArgument, sensitive: true,
		description: "Connection URL, such as `postgresql://user:password@host:5432/database?sslmode=verify-full`, with everything that " +
			"[libpq](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS) accepts: several hosts, a directory of a " +
			"Unix socket, parameters. A character that has a meaning in URLs has to be percent-encoded; `urlencode()` does that.",
		validators: []validator.String{urlValidator{}},
	},
	{
		name: "host", keyword: "host", environment: "PGHOST",
		description: "Host name, IP address or directory of the Unix socket. Several, separated by commas, are tried in this order until one is a primary.",
		fallback:    "the usual directory of the Unix socket where there is one, else `localhost`.",
		validators:  []validator.String{stringvalidator.LengthAtLeast(1)},
	},
	{
		name: "port", keyword: "port", environment: "PGPORT",
		description: "TCP port, or suffix of the Unix socket. One for all hosts, or as many as there are hosts, separated by commas.",
		fallback:    "`5432`.",
		validators:  []validator.String{portValidator{}},
	},
	{
		name: "database", keyword: "dbname", environment: "PGDATABASE",
		description: "Name of the database.",
		fallback:    "the same as `username`.",
		validators:  []validator.String{stringvalidator.LengthBetween(1, 63)},
	},
	{
		name: "username", keyword: "user", environment: "PGUSER",
		description: "Role to connect as. It has to own the tables that it changes, or to be a member of the role that does.",
		fallback:    "the name of the operating system's user.",
		validators:  []validator.String{stringvalidator.LengthBetween(1, 63)},
	},
	{
		name: "password", keyword: "password", environment: "PGPASSWORD", sensitive: true,
		description: "Password of the role.",
		fallback:    "what `passfile` says.",
	},
	{
		name: "passfile", keyword: "passfile", environment: "PGPASSFILE",
		description: "Path of a [password file](https://www.postgresql.org/docs/current/libpq-pgpass.html).",
		fallback:    "`~/.pgpass`.",
	},
	{
		name: "service", keyword: "service", environment: "PGSERVICE",
		description: "Name of a group of settings in the [service file](https://www.postgresql.org/docs/current/libpq-pgservice.html).",
		validators:  []validator.String{stringvalidator.LengthAtLeast(1)},
	},
	{
		name: "servicefile", keyword: "servicefile", environment: "PGSERVICEFILE",
		description: "Path of the service file.",
		fallback:    "`~/.pg_service.conf`.",
	},
	{
		name: "sslmode", keyword: "sslmode", environment: "PGSSLMODE",
		description: "Whether the connection is encrypted and the server's certificate is checked. Only `verify-full` protects a password against " +
			"somebody who can redirect the connection; the modes are described in the " +
			"[manual](https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION).",
		fallback: "`prefer`.",
		values:   []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
	},
	{
		name: "sslnegotiation", keyword: "sslnegotiation", environment: "PGSSLNEGOTIATION",
		description: "Whether encryption is asked for first (`postgres`) or begun at once (`direct`, one round trip less, PostgreSQL 17 and later).",
		fallback:    "`postgres`.",
		values:      []string{"postgres", "direct"},
	},
	{
		name: "sslrootcert", keyword: "sslrootcert", environment: "PGSSLROOTCERT",
		description: "Path of the file with the certificates of the authorities to trust, or `system` for those that the operating system trusts.",
		fallback:    "`~/.postgresql/root.crt` where it exists.",
	},
	{
		name: "sslcert", keyword: "sslcert", environment: "PGSSLCERT",
		description: "Path of the client's certificate.",
		fallback:    "`~/.postgresql/postgresql.crt` where it exists.",
	},
	{
		name: "sslkey", keyword: "sslkey", environment: "PGSSLKEY",
		description: "Path of the private key of `sslcert`.",
		fallback:    "`~/.postgresql/postgresql.key` where it exists.",
	},
	{
		name: "sslpassword", keyword: "sslpassword", environment: "PGSSLPASSWORD", sensitive: true,
		description: "Passphrase of `sslkey`.",
	},
	{
		name: "channel_binding", keyword: "channel_binding", environment: "PGCHANNELBINDING",
		description: "Whether authentication is bound to the encrypted channel, which is proof against a server in the middle.",
		fallback:    "`prefer`.",
		values:      []string{"disable", "prefer", "require"},
	},
	{
		name: "require_auth", keyword: "require_auth", environment: "PGREQUIREAUTH",
		description: "Authentication methods to accept from the server, such as `scram-sha-256`, separated by commas; with `!` before each, those to refuse.",
		fallback:    "all are accepted.",
	},
	{
		name: "target_session_attrs", keyword: "target_session_attrs", environment: "PGTARGETSESSIONATTRS",
		description: "Which of several hosts is the right one. Changes need a primary in any case, so a standby is never accepted in the end.",
		fallback:    "`any` with one host, `primary` with several.",
		values:      []string{"any", "read-write", "primary"},
	},
	{
		name: "connect_timeout", keyword: "connect_timeout", environment: "PGCONNECT_TIMEOUT",
		description: "How long a connection to one address may take to be made, as a duration of whole seconds such as `10s` (the variable: seconds).",
		fallback:    "`10s`.",
		validators:  []validator.String{connectTimeoutRange},
	},
	{
		name: "application_name", keyword: "application_name", environment: "PGAPPNAME",
		description: "What `pg_stat_activity` shows for the provider's sessions.",
		fallback:    "`terraform-provider-pgphase`.",
	},
	{
		name: "options", keyword: "options", environment: "PGOPTIONS",
		description: "Settings of the sessions, such as `-c role=owner -c maintenance_work_mem=1GB`.",
	},
}

func connectionAttributes() map[string]schema.Attribute {
	attributes := make(map[string]schema.Attribute, len(connectionArguments))
	for _, a := range connectionArguments {
		attributes[a.name] = schema.StringAttribute{
			Optional:            true,
			Sensitive:           a.sensitive,
			MarkdownDescription: a.markdown(),
			Validators:          a.allValidators(),
		}
	}
	return attributes
}

func (a connectionArgument) markdown() string {
	text := []string{a.description}
	if len(a.values) > 0 {
		text = append(text, "One of `"+strings.Join(a.values, "`, `")+"`.")
	}
	if a.environment != "" {
		text = append(text, fmt.Sprintf("Environment variable: `%s`.", a.environment))
	}
	if a.fallback != "" {
		text = append(text, "Default: "+a.fallback)
	}
	return strings.Join(text, " ")
}

func (a connectionArgument) allValidators() []validator.String {
	if len(a.values) == 0 {
		return a.validators
	}
	return append([]validator.String{stringvalidator.OneOf(a.values...)}, a.validators...)
}

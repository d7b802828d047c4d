// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
)

// defaultConnectTimeout holds where libpq would wait without end.
const defaultConnectTimeout = 10 * time.Second

// connection returns how to connect, or nil while a part of that is unknown.
func (m providerModel) connection() (*pgxpool.Config, diag.Diagnostics) {
	var diags diag.Diagnostics
	for _, value := range m.arguments {
		if value.IsUnknown() {
			return nil, diags
		}
	}
	if err := refuseEnvironment(os.LookupEnv); err != nil {
		diags.AddError("Cannot honour the environment variable "+err.variable, err.Error())
		return nil, diags
	}
	text := connectionString(m.arguments)
	config, err := pgconn.ParseConfig(text)
	if err == nil {
		err = checkParameters(config.RuntimeParams)
	}
	if err != nil {
		diags.Append(m.configError(err))
		return nil, diags
	}
	pool, err := pgxpool.ParseConfig(text)
	if err != nil {
		diags.Append(m.configError(err))
		return nil, diags
	}
	finishConfig(pool, config)
	executor.ReserveWorkers(pool, m.backfillWorkers())
	return pool, diags
}

// connectionString writes the arguments behind the URL as query parameters:
// of a parameter that is given twice the last one counts, and a parameter
// overrides what the URL says before it. The environment and files are left to
// pgx, which gives them less weight.
func connectionString(values map[string]types.String) string {
	var b strings.Builder
	b.WriteString(values[urlArgument].ValueString())
	if b.Len() == 0 {
		b.WriteString("postgresql://")
	}
	separator := "?"
	if strings.Contains(afterCredentials(b.String()), "?") {
		separator = "&"
	}
	if last := b.String()[b.Len()-1]; last == '?' || last == '&' {
		separator = ""
	}
	for _, a := range connectionArguments {
		value := values[a.name]
		if a.keyword == "" || value.IsNull() {
			continue
		}
		// The only escape that libpq knows is the percent sign.
		encoded := strings.ReplaceAll(url.QueryEscape(libpqValue(a, value.ValueString())), "+", "%20")
		b.WriteString(separator + a.keyword + "=" + encoded)
		separator = "&"
	}
	return b.String()
}

// libpqValue translates a value where libpq counts in other units.
func libpqValue(a connectionArgument, value string) string {
	if a.name != "connect_timeout" {
		return value
	}
	d, err := time.ParseDuration(value)
	if err != nil {
		return value // which pgx refuses
	}
	return strconv.FormatInt(int64(d/time.Second), 10)
}

// finishConfig sets what is not left to libpq's defaults.
func finishConfig(pool *pgxpool.Config, parsed *pgconn.Config) {
	connection := pool.ConnConfig
	maps.DeleteFunc(connection.RuntimeParams, func(name, _ string) bool { return libpqParameters[name] != sessionSetting })
	if connection.RuntimeParams["application_name"] == "" {
		connection.RuntimeParams["application_name"] = parsed.RuntimeParams["fallback_application_name"]
	}
	// Names and expressions are read as UTF-8, whatever the database stores.
	connection.RuntimeParams["client_encoding"] = "UTF8"
	if connection.ConnectTimeout == 0 {
		connection.ConnectTimeout = defaultConnectTimeout
	}
	if len(networkPlaces(&connection.Config)) > 1 && connection.ValidateConnect == nil {
		connection.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
	}
	executor.ConfigurePool(pool)
	// Between the resources of one run there are no long pauses.
	pool.MaxConnIdleTime = time.Minute
}

// configError turns what pgx says about settings into a diagnostic. pgx quotes
// the connection string in its errors, with the passwords that it recognizes
// masked; here it is never quoted, as a malformed one can hold a password
// anywhere.
func (m providerModel) configError(err error) diag.Diagnostic {
	const summary = "Invalid connection settings"
	if unsupported, ok := errors.AsType[*unsupportedParameterError](err); ok {
		if unsupported.support == unknownParameter && strings.Contains(m.arguments[urlArgument].ValueString(), "password=") {
			// "?password=a&b=c" has a parameter "b", or a password "a&b=c".
			return m.onURL(summary, "After the password there is a parameter that libpq does not have. If it belongs to the password, write & as %26 and = as %3D.")
		}
		return m.onURL(summary, unsupported.Error())
	}
	text := err.Error()
	if strings.Contains(text, "failed to parse as") {
		return m.onURL("Malformed connection URL", malformedURL)
	}
	// "cannot parse `...`: reason"
	if i := strings.LastIndex(text, "`: "); i >= 0 {
		text = text[i+len("`: "):]
	}
	for _, a := range connectionArguments {
		if a.keyword == "" || m.arguments[a.name].IsNull() {
			continue
		}
		if strings.Contains(text, a.keyword) || a.name == "sslrootcert" && strings.Contains(text, " CA ") {
			return diag.NewAttributeErrorDiagnostic(path.Root(a.name), summary, capitalize(text)+".")
		}
	}
	return diag.NewErrorDiagnostic(summary, capitalize(text)+"."+
		"\n\nThe settings come from the provider block, from the service file and from the environment variables of libpq (PGHOST, PGSSLMODE, ...), in this order of precedence.")
}

func (m providerModel) onURL(summary, detail string) diag.Diagnostic {
	if m.arguments[urlArgument].ValueString() == "" {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(path.Root(urlArgument), summary, detail)
}

// environmentError is a libpq variable whose meaning would be lost.
type environmentError struct {
	variable string
	meaning  string
}

func (e *environmentError) Error() string {
	return fmt.Sprintf("%s is set: %s. The provider cannot do that, and to ignore it would make another connection than the one that was asked for. "+
		"Unset it for Terraform.", e.variable, e.meaning)
}

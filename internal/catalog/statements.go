// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"embed"
	"strings"
	"text/template"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

var sqlTemplates = template.Must(template.New("").Option("missingkey=error").ParseFS(sqlFiles, "sql/*.sql"))

// variant selects what a catalog query asks for.
type variant struct {
	// Version is server_version_num: catalogs differ between versions.
	Version int
	// All reads every schema of users instead of those named in $1.
	All bool
	// Ledger reads the ledger, which must exist and be readable.
	Ledger bool
}

// query returns the text of sql/<name>.sql for the variant.
func (v variant) query(name string) string {
	var b strings.Builder
	if err := sqlTemplates.ExecuteTemplate(&b, name+".sql", v); err != nil {
		// The templates are part of the program and tests render all of them.
		panic(err)
	}
	return b.String()
}

// settings fix everything that the texts of pg_get_expr() and its like depend
// on, for the length of a transaction. pg_temp is named last because it would
// otherwise be searched first, where a temporary table could hide a catalog.
// JIT costs more than it gains on catalog queries.
const settings = `SELECT set_config(name, value, true)
FROM (VALUES
	('search_path', 'pg_catalog, pg_temp'),
	('DateStyle', 'ISO, YMD'),
	('IntervalStyle', 'postgres'),
	('TimeZone', 'UTC'),
	('extra_float_digits', '1'),
	('bytea_output', 'hex'),
	('quote_all_identifiers', 'off'),
	('standard_conforming_strings', 'on'),
	('lc_monetary', 'C'),
	('jit', 'off'),
	('statement_timeout', $1::text),
	('lock_timeout', $2::text)
) AS setting (name, value)`

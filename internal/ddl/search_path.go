// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "strings"

// The sessions of the provider see no schema but pg_catalog. In a schema that
// others may create objects in, a function or an operator whose arguments fit
// better than those of the server's own would otherwise be called instead, with
// the rights of the provider (manual, section 5.10.6). The configuration's own
// texts are read, and its changes run, under the search_path that the role had
// when it connected.
//
// Names and arguments are written so that nothing fits better here either.
const (
	// userPathSetting keeps what the search_path was.
	userPathSetting = "pgphase.search_path"

	keptPath    = "nullif(pg_catalog.current_setting('" + userPathSetting + "'::text, true), ''::text)"
	currentPath = "pg_catalog.current_setting('search_path'::text)"
	setPath     = "SELECT pg_catalog.set_config('search_path'::text, "
	hiddenPath  = "CASE WHEN " + keptPath + " IS NULL THEN " + currentPath + " ELSE 'pg_catalog, pg_temp'::text END"

	// HideUserPath ends what ShowUserPath began.
	HideUserPath = setPath + hiddenPath + ", false)"
	// ShowUserPath makes the search_path that of the role again, and
	// ShowUserPathLocally does it for a transaction. In a session that did not
	// keep it, nothing changes.
	ShowUserPath        = setPath + "coalesce(" + keptPath + ", " + currentPath + "), false)"
	ShowUserPathLocally = setPath + "coalesce(" + keptPath + ", " + currentPath + "), true)"
)

// Setting is a parameter of the server and its value.
type Setting struct{ Name, Value string }

// BeginSession begins a session of the provider in one statement: it keeps the
// user's search_path and hides it, and sets what else is given. What has to come
// first is in FROM, which comes before the list that is selected.
func BeginSession(settings ...Setting) string {
	var b strings.Builder
	b.WriteString(setPath + hiddenPath + ", false)\nFROM (SELECT pg_catalog.set_config('" + userPathSetting + "'::text, " + currentPath + ", false)")
	for _, s := range settings {
		b.WriteString(",\n\tpg_catalog.set_config(" + Literal(s.Name) + "::text, " + Literal(s.Value) + "::text, false)")
	}
	b.WriteString(" OFFSET 0) AS session")
	return b.String()
}

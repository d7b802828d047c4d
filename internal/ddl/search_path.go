// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

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

	// KeepUserPath is for the start of a session; HideUserPath follows it, and
	// also ends what ShowUserPath began.
	KeepUserPath = "SELECT pg_catalog.set_config('" + userPathSetting + "'::text, " + currentPath + ", false)"
	HideUserPath = setPath + "CASE WHEN " + keptPath + " IS NULL THEN " + currentPath + " ELSE 'pg_catalog, pg_temp'::text END, false)"
	// ShowUserPath makes the search_path that of the role again, and
	// ShowUserPathLocally does it for a transaction. In a session that did not
	// keep it, nothing changes.
	ShowUserPath        = setPath + "coalesce(" + keptPath + ", " + currentPath + "), false)"
	ShowUserPathLocally = setPath + "coalesce(" + keptPath + ", " + currentPath + "), true)"
)

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"fmt"
	"strings"
)

// The supported range: PostgreSQL 14 and later. Nothing is refused for being
// newer, because a new major version keeps what is used here as a rule.
const oldestSupported = 140000

// otherEngines are words of version() that name an engine which speaks the
// protocol but locks, stores and prints differently. Redshift, Greenplum and
// their kin began as forks of PostgreSQL and still report a version of it.
var otherEngines = []struct{ word, product string }{
	{"CockroachDB", "CockroachDB"},
	{"-YB-", "YugabyteDB"},
	{"Yugabyte", "YugabyteDB"},
	{"Redshift", "Amazon Redshift"},
	{"Materialize", "Materialize"},
	{"RisingWave", "RisingWave"},
	{"QuestDB", "QuestDB"},
	{"CrateDB", "CrateDB"},
	{"Greenplum", "Greenplum"},
	{"Cloudberry", "Apache Cloudberry"},
	{"HashData", "HashData"},
	{"openGauss", "openGauss"},
	{"GaussDB", "GaussDB"},
	{"Kingbase", "KingbaseES"},
	{"OrioleDB", "OrioleDB"},
	{"DuckDB", "DuckDB"},
	{"Vertica", "Vertica"},
	{"Denodo", "Denodo"},
	{"Spanner", "Google Cloud Spanner"},
	{"Firebolt", "Firebolt"},
	{"Immudb", "immudb"},
}

// checkProduct decides by version(), whose shape is fixed in PostgreSQL:
// "PostgreSQL 16.3 (Debian ...) on x86_64-pc-linux-gnu, compiled by gcc ...".
// Imitations leave the compiler out; Aurora DSQL answers "PostgreSQL 16".
func checkProduct(version string, number int) error {
	for _, engine := range otherEngines {
		if strings.Contains(strings.ToLower(version), strings.ToLower(engine.word)) {
			return &UnsupportedServerError{
				engine.product, version,
				"it speaks the protocol of PostgreSQL, but its locks and its catalog are others",
			}
		}
	}
	if !strings.HasPrefix(version, "PostgreSQL ") || !strings.Contains(version, ", compiled by ") {
		return &UnsupportedServerError{"this server", version, "it does not identify itself as PostgreSQL"}
	}
	if number < oldestSupported {
		return &UnsupportedServerError{"PostgreSQL", version, fmt.Sprintf(
			"it is older than PostgreSQL 14 (server_version_num is %d)", number)}
	}
	return nil
}

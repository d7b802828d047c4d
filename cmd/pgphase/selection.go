// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// selectTables returns the tables of the schemas that a pattern matches; no
// schemas and no patterns mean all. Each of them has to name something.
func selectTables(snapshot *catalog.Snapshot, schemas, patterns []string) ([]*schema.Table, error) {
	for _, name := range schemas {
		if _, ok := snapshot.Schema(schema.Name(name)); !ok {
			return nil, fmt.Errorf("there is no schema %s, or it is one of the system's. Names are written as they are stored, without quotes", schema.Name(name))
		}
	}
	matchers := make([]*regexp.Regexp, len(patterns))
	for i, pattern := range patterns {
		matchers[i] = compilePattern(pattern)
	}
	matched := make([]bool, len(patterns))
	var tables []*schema.Table
	for _, name := range snapshot.Tables() {
		if len(schemas) > 0 && !slices.Contains(schemas, string(name.Schema)) {
			continue
		}
		wanted := len(patterns) == 0
		for i, matcher := range matchers {
			if matches(matcher, name) {
				wanted, matched[i] = true, true
			}
		}
		if wanted {
			tables = append(tables, snapshot.Table(name))
		}
	}
	if i := slices.Index(matched, false); i >= 0 {
		where := "in the database"
		if len(schemas) > 0 {
			where = "in " + strings.Join(schemas, ", ")
		}
		return nil, fmt.Errorf("no table %s matches %s", where, patterns[i])
	}
	return tables, nil
}

// matches compares a pattern with the bare name, with schema.name, and with
// schema.name quoted as in SQL.
func matches(pattern *regexp.Regexp, name schema.QualifiedName) bool {
	return pattern.MatchString(string(name.Name)) || pattern.MatchString(string(name.Schema)+"."+string(name.Name)) ||
		pattern.MatchString(name.String())
}

func compilePattern(pattern string) *regexp.Regexp {
	expression := regexp.QuoteMeta(pattern)
	expression = strings.ReplaceAll(expression, `\*`, ".*")
	expression = strings.ReplaceAll(expression, `\?`, ".")
	return regexp.MustCompile(`(?s)\A` + expression + `\z`)
}

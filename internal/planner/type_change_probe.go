// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// narrowingProbes look for values that the new type cannot hold, or would
// change silently. Where PostgreSQL cannot be asked without an error, there is
// no probe.
func (t typeChange) narrowingProbes() []Probe {
	condition := t.misfit()
	if condition == "" {
		return nil
	}
	return []Probe{{
		Query: rowsWhere(t.table, condition),
		Finding: Finding{
			Hazard: hazard.ColumnTypeNarrowingFails, Severity: hazard.Error, Path: []string{"type"}, Summary: t.summary(),
			Detail: fmt.Sprintf("Values of the column do not fit %s, or would be cut or rounded without an error.", t.desired.Type.SQL()),
		},
	}}
}

// integerTypes are in the order of what they hold.
var integerTypes = []string{"smallint", "integer", "bigint"}

// integerRanges are the values that the integer types hold.
var integerRanges = map[string][2]string{
	"smallint": {"-32768", "32767"},
	"integer":  {"-2147483648", "2147483647"},
	"bigint":   {"-9223372036854775808", "9223372036854775807"},
}

var numberTypes = map[string]bool{
	"smallint": true, "integer": true, "bigint": true, "numeric": true, "real": true, "double precision": true,
}

var textTypes = map[string]bool{"text": true, "character varying": true, "bpchar": true}

// misfit is true of a row whose value does not survive, or "".
func (t typeChange) misfit() string {
	from, to := parseType(baseType(t.column.Type)), parseType(baseType(t.desired.Type))
	column := t.column.Name.Quote()
	switch {
	case from.array || to.array || widensInteger(from.name, to.name):
		return ""
	case textTypes[to.name] && to.modified():
		// Only spaces are cut without an error.
		return fmt.Sprintf("length(rtrim(%s::text, ' ')) > %d", column, to.number(0))
	case numberTypes[from.name] && integerRanges[to.name] != [2]string{}:
		limits := integerRanges[to.name]
		return fmt.Sprintf("%s::numeric <> trunc(%s::numeric) OR %s::numeric NOT BETWEEN %s AND %s",
			column, column, column, limits[0], limits[1])
	case numberTypes[from.name] && to.name == "numeric" && to.modified():
		return fmt.Sprintf("%s::numeric <> round(%s::numeric, %d) OR abs(round(%s::numeric, %d)) >= 1e%d",
			column, column, to.number(1), column, to.number(1), to.number(0)-to.number(1))
	case from.name == to.name && to.modified():
		return fmt.Sprintf("%s::%s IS DISTINCT FROM %s", column, t.desired.Type.SQL(), column)
	case textTypes[from.name] && t.server.Major() >= 16:
		return fmt.Sprintf("NOT pg_input_is_valid(%s::text, %s)", column, ddl.Literal(strings.TrimSpace(t.desired.Type.SQL())))
	}
	return ""
}

func widensInteger(from, to string) bool {
	i := slices.Index(integerTypes, from)
	return i >= 0 && slices.Index(integerTypes, to) > i
}

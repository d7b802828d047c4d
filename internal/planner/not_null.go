// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// proveNotNull makes a column NOT NULL without a scan under a strong lock, from
// wherever an earlier run left off:
//
//   - 14 to 17: a check IS NOT NULL, NOT VALID; VALIDATE; SET NOT NULL, which
//     finds the proof; drop the check. In one transaction, or one ALTER TABLE,
//     SET NOT NULL would scan.
//   - 18: NOT NULL as a constraint, NOT VALID; VALIDATE. SET NOT NULL over a
//     NOT VALID one would scan.
func proveNotNull(c Change, table schema.Table, column schema.Column) []Operation {
	return notNullSteps(c, table, column, nil)
}

// notNullSteps is proveNotNull with operations between guarding new rows and
// proving the old ones.
func notNullSteps(c Change, table schema.Table, column schema.Column, between []Operation) []Operation {
	helper := table.Check(notNullHelper(table, column.Name))
	proven := !column.Nullable && (column.NotNull == nil || column.NotNull.Valid)
	pending := column.NotNull != nil && !column.NotNull.Valid

	var operations []Operation
	if pending {
		operations = append(operations, between...)
		operations = append(operations, validateNotNull(table, column.NotNull.Name))
		proven = true
	}
	switch {
	case proven && helper == nil:
		return operations
	case proven:
		return append(operations, alterTable(table, nil, ddl.DropConstraint(table.Name, helper.Name)))
	case helper == nil && provenByCheck(table, column.Name):
		return append(operations, alterTable(table, notNullBreaks, ddl.SetNotNull(table.Name, column.Name)))
	case helper == nil && c.Server.Major() >= 18:
		name := notNullName(table, column.Name)
		operations = append(operations, alterTable(table, notNullGuards,
			ddl.AddConstraintNotValid(table.Name, ddl.NotNullConstraint(name, column.Name))))
		operations = append(operations, between...)
		return append(operations, validateNotNull(table, name))
	}
	name := notNullHelper(table, column.Name)
	if helper == nil {
		operations = append(operations, alterTable(table, notNullGuards,
			ddl.AddConstraintNotValid(table.Name, ddl.NotNullCheck(name, column.Name))))
	}
	if helper == nil || helper.NotValid {
		operations = append(operations, between...)
		operations = append(operations, validateNotNull(table, name))
	}
	return append(operations, alterTable(table, nil,
		ddl.SetNotNull(table.Name, column.Name), ddl.DropConstraint(table.Name, name)))
}

var (
	notNullBreaks = []hazard.ID{hazard.ColumnSetNotNullBreaksWriters}
	notNullGuards = []hazard.ID{hazard.ColumnSetNotNullBreaksWriters, hazard.NotValidBlocksLegacyUpdates}
)

func validateNotNull(table schema.Table, name schema.Name) Operation {
	return validation(table, ddl.ValidateConstraint(table.Name, name), hazard.ColumnSetNotNullFailsOnNulls)
}

// notNullHelper names the check that proves a column NOT NULL.
func notNullHelper(table schema.Table, column schema.Name) schema.Name {
	return schema.DerivedName("not_null", table.Name.Schema, table.Name.Name, column)
}

// provenByCheck reports a valid check of the table that is nothing but IS NOT
// NULL: PostgreSQL takes it as the proof.
func provenByCheck(table schema.Table, column schema.Name) bool {
	return slices.ContainsFunc(table.Checks, func(check schema.Check) bool { return provesNotNull(check, column) })
}

func provesNotNull(check schema.Check, column schema.Name) bool {
	return !check.NotValid && !check.NotEnforced && !check.NoInherit &&
		(check.Expression.IsNotNullTest(column) ||
			schema.Expression{Text: check.Expression.Canonical}.IsNotNullTest(column))
}

// notNullName is the name that SET NOT NULL would choose on 18, where that is
// free and fits.
func notNullName(table schema.Table, column schema.Name) schema.Name {
	name := table.Name.Name + "_" + column + "_not_null"
	if name.Validate() != nil || constraintNamed(table, name) {
		return notNullHelper(table, column)
	}
	return name
}

// constraintNamed reports whether the table has a constraint of that name.
func constraintNamed(table schema.Table, name schema.Name) bool {
	return table.PrimaryKey != nil && table.PrimaryKey.Name == name ||
		table.Unique(name) != nil || table.Check(name) != nil || table.Exclusion(name) != nil ||
		table.ForeignKey(name) != nil ||
		slices.ContainsFunc(table.Columns, func(c schema.Column) bool { return c.NotNull != nil && c.NotNull.Name == name })
}

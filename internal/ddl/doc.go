// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package ddl writes the text of statements. It knows syntax and quoting; which
// statement is right, and what it locks, is for the planner to know. Names
// reach a statement through their own quoting, texts through Literal, and
// expressions as they were checked by schema.Expression.Validate.
//
// No statement carries IF EXISTS, IF NOT EXISTS or CASCADE: what is there is
// known, and what is not declared is not touched.
package ddl

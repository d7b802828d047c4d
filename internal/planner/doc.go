// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package planner turns a desired and an observed object into operations: the
// exact statements, in order, with the locks that they take and what they do
// to stored data. It is pure: no connection, no clock, no map order, no row
// count reaches a planned value, because Terraform plans each change twice, in
// two processes, and compares.
//
// What was interrupted is not remembered but seen: a half-done sequence (a
// column without its NOT NULL, a constraint that is NOT VALID, an INVALID
// index, a helper check) is part of the observed object, and the plan is the
// rest of the sequence.
package planner

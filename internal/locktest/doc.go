// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package locktest has tests alone. It compares what the planner declares of
// each kind of operation, its locks and its effect on stored data, with what a
// second session observes while the operation runs, on every supported version
// of PostgreSQL. findings_test.go has, beside that, what the statements of a
// migration by hand do: the facts that most tools miss.
package locktest

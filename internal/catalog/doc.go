// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package catalog asks PostgreSQL: what server it is, what objects it has, and
// what a type or an expression means to it. It is the only package that knows
// pg_catalog.
//
// Everything is read in bulk: the number of statements does not depend on the
// number of tables. Reading needs no privilege beyond CONNECT, takes no lock
// above ACCESS SHARE and waits for none longer than a bound, because the
// functions that print expressions (pg_get_expr() and its like) lock the table
// for an instant and would queue behind an ACCESS EXCLUSIVE lock for as long
// as it is held.
//
// Texts are printed under search_path = pg_catalog with fixed output settings,
// so that they depend neither on the session nor on the role. Expressions of a
// configuration become comparable by the same way: PostgreSQL stores them in a
// temporary table, the same statements read them back, and the transaction is
// rolled back.
package catalog

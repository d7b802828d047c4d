// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package schema is the vocabulary of pgphase: tables, columns, constraints
// and indexes as data, names that know how to quote themselves, lock modes
// and phases. It knows neither a database connection nor Terraform, so that
// every other package can speak it.
//
// The same types describe what a configuration desires and what a server has.
// Fields that only a server can know are grouped under an "Observed" heading
// and are zero in a desired object.
package schema

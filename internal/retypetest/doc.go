// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package retypetest has tests alone. It takes columns through all phases of a
// retype in place on a server, and compares what pg_dump says of the end with
// what a plain ALTER TABLE makes of the same table.
package retypetest

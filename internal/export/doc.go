// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package export writes what applies ran as migrations of other tools, one file
// for each operation: so that transactions begin and end where they did, and a
// statement that may not run in a transaction stands alone, which is what all of
// the tools ask for.
//
// Nothing here talks to a server.
package export

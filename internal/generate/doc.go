// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package generate writes the configuration of tables that exist, as somebody
// would write it by hand, with the import blocks that take them under
// management. It asks nobody: what it writes follows from the tables alone.
package generate

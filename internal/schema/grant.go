// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

// Grant is one privilege that a role other than the owner has on a table.
type Grant struct {
	// Grantee is empty for PUBLIC.
	Grantee Name `json:"grantee,omitempty"`
	// Privilege is SELECT, INSERT, UPDATE, ...
	Privilege string `json:"privilege"`
	// Column is empty for the table as a whole.
	Column Name `json:"column,omitempty"`
	// Grantable is WITH GRANT OPTION.
	Grantable bool `json:"grantable,omitempty"`
}

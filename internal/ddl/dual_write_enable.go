// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// EnableDualWrite enables triggers that somebody has disabled, and no others.
func EnableDualWrite(t schema.OpenTransition, table schema.QualifiedName) []string {
	enable := func(trigger schema.Name) string {
		return "ALTER TABLE " + table.String() + " ENABLE TRIGGER " + trigger.Quote()
	}
	return []string{enable(insertTrigger(t)), enable(t.Trigger)}
}

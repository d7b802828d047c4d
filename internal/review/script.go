// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"fmt"
	"strings"
)

// script is all statements as a text of SQL, to be read and to be searched: apply
// runs them with timeouts and retries, and a backfill in batches.
func (r *Report) script() string {
	var b strings.Builder
	title := "What the plan runs"
	if r.Name != "" {
		title += " in " + comment(r.Name)
	}
	fmt.Fprintf(&b, "-- %s. To be read: terraform apply runs it with timeouts and retries,\n-- and the statement of a backfill once for each range of blocks, from $1 to $2.\n", title)
	statements := 0
	for _, c := range r.Changes {
		if len(c.Operations) == 0 && !c.Unknown {
			continue
		}
		fmt.Fprintf(&b, "\n-- %s %s\n", comment(c.Address), c.verb())
		if c.Unknown {
			b.WriteString("-- Its statements are not known before the apply.\n")
		}
		for i, o := range c.Operations {
			fmt.Fprintf(&b, "\n-- %d. %s\n%s", i+1, o.headline(comment), o.SQL)
			statements++
		}
	}
	if statements == 0 {
		b.WriteString("\n-- No statements.\n")
	}
	return b.String()
}

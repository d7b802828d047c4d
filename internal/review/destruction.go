// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// A resource that is destroyed has no planned attributes: its statements are in a
// warning of the plan, which the provider words like this.
const (
	destructionWords = "Destroying it runs:\n\n"
	locksWords       = "\n\nLocks:\n"
	textIndent       = "    "
)

// readDestruction takes the statements of a destroyed resource out of the warning
// that has them. It reports whether the warning says nothing else.
func (c *Change) readDestruction(f *Finding) (only bool, err error) {
	sql, rest, found := strings.Cut(f.Detail, locksWords)
	if !found || !strings.HasPrefix(sql, destructionWords) || len(c.Operations) > 0 {
		return false, nil
	}
	o, err := newOperation("", dedent(strings.TrimPrefix(sql, destructionWords))+"\n", "", planner.Effect{Drops: true}.String())
	if err != nil {
		return false, err
	}
	locks, rest, _ := strings.Cut(strings.TrimPrefix(rest, "\n"), "\n\n")
	for line := range strings.SplitSeq(dedent(locks), "\n") {
		more, err := newOperation("", "", strings.TrimSpace(line), o.Effect)
		if err != nil {
			return false, fmt.Errorf("%s: %w", c.Address, err)
		}
		o.Locks = append(o.Locks, more.Locks...)
	}
	c.Operations = append(c.Operations, o)
	f.Detail = rest
	return rest == "", nil
}

// dedent undoes the indentation of SQL in a diagnostic.
func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], textIndent)
	}
	return strings.Join(lines, "\n")
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"
	"testing"
)

func TestChangesFollowEachOther(t *testing.T) {
	t.Parallel()
	configuration := shop
	for _, c := range changes {
		next, err := c.edit(configuration)
		if err != nil {
			t.Fatal(err)
		}
		difference := lineDifference(configuration, next)
		if !strings.Contains(difference, "+ ") || strings.Count(difference, "\n") > 12 {
			t.Errorf("%s is shown as:\n%s", c.title, difference)
		}
		configuration = next
	}
}

func TestEditRefusesTextThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, configuration := range []string{"", "xx"} {
		if edited, err := (change{title: "t", old: "x", new: "y"}).edit(configuration); err == nil {
			t.Errorf("%q became %q", configuration, edited)
		}
	}
}

func TestLineDifference(t *testing.T) {
	t.Parallel()
	if got, want := lineDifference("a\nb\nc\n", "a\nx\nc\n"), "- b\n+ x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := lineDifference("a\nc\n", "a\nb\nc\n"), "+ b\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

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
	for _, c := range transitions {
		next, err := c.change(configuration)
		if err != nil {
			t.Fatal(err)
		}
		for _, phase := range []string{"expand", "migrate", "contract"} {
			if next, err = c.reach(next, phase); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(next, "\n  phase = \""+phase+"\"\n}\n"); got < len(c.tables) {
				t.Errorf("%s: %d tables have the phase %s:\n%s", c.title, got, phase, next)
			}
		}
		if strings.Count(next, "\n  phase = ") > 3 || strings.Count(next, "\nresource ") != strings.Count(configuration, "\nresource ") {
			t.Errorf("%s: the configuration is now\n%s", c.title, next)
		}
		configuration = next
	}
}

func TestTransitionNeedsItsTable(t *testing.T) {
	t.Parallel()
	missing := transition{title: "t", tables: []string{"nobody"}, edits: []edit{{"nothing", ""}}}
	if _, err := missing.reach(shop, "expand"); err == nil {
		t.Error("a table that is not there got a phase")
	}
	if _, err := missing.change(shop); err == nil {
		t.Error("a text that is not there was changed")
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

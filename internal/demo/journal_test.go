// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestJournalCompares(t *testing.T) {
	t.Parallel()
	at := func(key string) cell { return cell{"t", key, "f"} }
	begin := func() *journal {
		j := newJournal("a", "b")
		j.remember(map[cell]string{at("1"): "one", at("2"): "two"})
		// b is told later of what the server did earlier.
		j.acknowledged("a", note{cell: at("1"), order: 2, value: "second"}, note{cell: at("3"), value: "three"})
		j.acknowledged("b", note{cell: at("1"), order: 1, value: "first"}, note{cell: at("2"), order: 1, gone: true})
		return j
	}
	right := map[cell]string{at("1"): "second", at("3"): "three"}
	accounts, examples := begin().compare(right)
	if differences(accounts) != 0 || len(examples) != 0 || len(accounts) != 3 {
		t.Errorf("what is right: %v %v", accounts, examples)
	}
	if want := (account{writer: "a", writes: 2, words: 2}); accounts[1] != want {
		t.Errorf("got %v, want %v", accounts[1], want)
	}
	for name, wrong := range map[string]struct {
		spoil  func(map[cell]string)
		writer string
	}{
		"lost":              {func(m map[cell]string) { delete(m, at("3")) }, "a"},
		"overwritten":       {func(m map[cell]string) { m[at("1")] = "first" }, "a"},
		"back":              {func(m map[cell]string) { m[at("2")] = "two" }, "b"},
		"from nowhere":      {func(m map[cell]string) { m[at("4")] = "four" }, nowhere},
		"NULL in its place": {func(m map[cell]string) { m[at("3")] = "" }, "a"},
	} {
		stored := maps.Clone(right)
		wrong.spoil(stored)
		accounts, examples := begin().compare(stored)
		at := slices.IndexFunc(accounts, func(a account) bool { return a.writer == wrong.writer })
		if differences(accounts) != 1 || at < 0 || accounts[at].differences != 1 || len(examples) != 1 {
			t.Errorf("%s: %v %v", name, accounts, examples)
		}
		var text strings.Builder
		story{&text}.accounts(accounts, examples)
		if !strings.Contains(text.String(), "f of t "+examples[0].key+": ") {
			t.Errorf("%s is reported as\n%s", name, &text)
		}
	}
}

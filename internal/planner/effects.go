// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What `operations` of a plan shows in words is read back here, for whoever has
// the plan and not the operation.

// wordsOf are what an effect is called, in the order in which it is shown.
func wordsOf(e *Effect) []effectWord {
	return []effectWord{
		{&e.Creates, "creates a new table"},
		{&e.CreatesSchema, "creates a new schema"},
		{&e.CreatesType, "creates a new type"},
		{&e.CreatesSequence, "creates a new sequence"},
		{&e.Rewrites, "rewrites the table"},
		{&e.Scans, "scans the table"},
		{&e.Samples, "reads a sample of the table"},
		{&e.BuildsIndex, "builds an index"},
		{&e.Updates, "updates rows in batches"},
		{&e.Drops, "drops for good"},
	}
}

type effectWord struct {
	set  *bool
	text string
}

const (
	instantWords = "instant: catalog only"
	againWords   = ": those written since the first pass"
)

// ParseEffect reads what Effect.String writes.
func ParseEffect(text string) (Effect, error) {
	var e Effect
	if text == instantWords {
		return e, nil
	}
	words := wordsOf(&e)
	for part := range strings.SplitSeq(text, ", ") {
		part, e.Again = cutAgain(part, e.Again)
		i := slices.IndexFunc(words, func(w effectWord) bool { return w.text == part })
		if i < 0 {
			return Effect{}, fmt.Errorf("%q is not an effect", text)
		}
		*words[i].set = true
	}
	return e, nil
}

// cutAgain removes what marks a second pass.
func cutAgain(part string, before bool) (string, bool) {
	rest, again := strings.CutSuffix(part, againWords)
	return rest, again || before
}

// Lasts reports that a step takes as long as the table is large.
func (e Effect) Lasts() bool {
	return e.Rewrites || e.Scans || e.Samples || e.BuildsIndex || e.Updates
}

const partitionsWords = " and its partitions"

// ParseLocks reads what Operation.Lock writes.
func ParseLocks(text string) ([]Lock, error) {
	var locks []Lock
	for _, part := range splitOutsideQuotes(text, "; ") {
		mode, table, found := strings.Cut(part, " on ")
		if !found {
			return nil, fmt.Errorf("%q is not a lock", part)
		}
		var l Lock
		var err error
		if l.Mode, err = schema.ParseLockMode(mode); err != nil {
			return nil, err
		}
		table, l.Partitions = strings.CutSuffix(table, partitionsWords)
		if l.Table, err = schema.ParseQualifiedName(table); err != nil {
			return nil, fmt.Errorf("%q: %w", part, err)
		}
		locks = append(locks, l)
	}
	return locks, nil
}

// splitOutsideQuotes splits at separators that are in no quoted identifier. A
// quote that is doubled within one opens and closes it in the same place.
func splitOutsideQuotes(text, separator string) []string {
	if text == "" {
		return nil
	}
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], separator):
			parts = append(parts, text[start:i])
			i += len(separator) - 1
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

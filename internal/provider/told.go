// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// told is what the warnings of a run have said already. A plan that does the same
// to five hundred tables has the same to say of each; each is named, with what is
// its own, and what is the same for all is said of the first ones only. Which
// these are is decided by the order in which Terraform plans. Errors say
// everything, as somebody has to act on each of them.
type told struct {
	mu sync.Mutex
	// sayings are how often something was said, and of what first.
	sayings map[string]*saying
}

type saying struct {
	times int
	first string
}

// fullyTold is how often the same is said in full.
const fullyTold = 3

// again counts that something is to be said of an object, and reports that it was
// said often enough, and of which object first.
func (t *told) again(what, object string) (first string, enough bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sayings == nil {
		t.sayings = map[string]*saying{}
	}
	s := t.sayings[what]
	if s == nil {
		s = &saying{first: object}
		t.sayings[what] = s
	}
	s.times++
	return s.first, s.times > fullyTold
}

// shorten leaves out of the detail of a warning what was said of other objects
// before, and returns where it was said. Two texts are the same when they differ
// in the names of their objects only.
func (t *told) shorten(finding planner.Finding, object string, names []string) (shorter planner.Finding, elsewhere string) {
	if finding.Hazard == "" {
		return finding, ""
	}
	var kept []string
	left := ""
	for _, passage := range passages(finding.Detail) {
		if first, enough := t.again(string(finding.Hazard)+"\n"+withoutNames(passage, names), object); enough {
			left = cmp.Or(left, first)
			continue
		}
		kept = append(kept, passage)
	}
	if left == "" {
		return finding, ""
	}
	finding.Detail = strings.Join(kept, "\n\n")
	return finding, fmt.Sprintf("The warning of %s says more.", left)
}

// passages takes a detail apart. What ends with a colon belongs to what it
// introduces.
func passages(detail string) []string {
	var list []string
	for paragraph := range strings.SplitSeq(detail, "\n\n") {
		if last := len(list) - 1; last >= 0 && strings.HasSuffix(list[last], ":") {
			list[last] += "\n\n" + paragraph
			continue
		}
		list = append(list, paragraph)
	}
	return list
}

// derived is the end of a name that the planner makes up.
var derived = regexp.MustCompile(`_[0-9a-f]{8}\b`)

// withoutNames replaces the names in a text by their places, the longest first, as
// words or as parts of a name that others are derived from.
func withoutNames(text string, names []string) string {
	place := func(name string) int { return slices.Index(names, name) }
	sorted := slices.SortedFunc(slices.Values(names), func(a, b string) int { return cmp.Or(len(b)-len(a), place(a)-place(b)) })
	for _, name := range slices.Compact(sorted) {
		if name != "" {
			text = replaceWords(text, name, fmt.Sprintf("\x00%d\x00", place(name)))
		}
	}
	return derived.ReplaceAllString(text, "_\x00")
}

// replaceWords replaces a word where no letter or digit stands beside it.
func replaceWords(text, word, by string) string {
	var b strings.Builder
	for {
		at := strings.Index(text, word)
		if at < 0 {
			break
		}
		end := at + len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		b.WriteString(text[:at])
		if inWord(before) || inWord(after) {
			b.WriteString(word)
		} else {
			b.WriteString(by)
		}
		text = text[end:]
	}
	return b.String() + text
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// namesOf are the names by which the text of a finding differs from one object to
// another.
func namesOf(object string, table schema.QualifiedName, finding planner.Finding) []string {
	return slices.Concat([]string{object, table.String(), string(table.Name)}, strings.Split(object, "."), finding.Path)
}

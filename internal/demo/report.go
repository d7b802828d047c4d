// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// width is where prose is wrapped.
const width = 100

// story writes for a person who watches.
type story struct {
	w io.Writer
}

func (s story) headingf(format string, arguments ...any) {
	title := fmt.Sprintf(format, arguments...)
	fmt.Fprintf(s.w, "\n\n%s\n%s\n\n", title, strings.Repeat("=", len([]rune(title))))
}

// sayf writes a paragraph.
func (s story) sayf(format string, arguments ...any) {
	column := 0
	for word := range strings.FieldsSeq(fmt.Sprintf(format, arguments...)) {
		switch length := len([]rune(word)); {
		case column == 0:
			column = length
		case column+1+length > width:
			fmt.Fprintln(s.w)
			column = length
		default:
			fmt.Fprint(s.w, " ")
			column += 1 + length
		}
		fmt.Fprint(s.w, word)
	}
	fmt.Fprintln(s.w)
}

// block writes text as it is, set apart.
func (s story) block(text string) {
	fmt.Fprintln(s.w)
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		fmt.Fprint(s.w, "    "+line)
	}
	fmt.Fprint(s.w, "\n\n")
}

// phases writes the table of latencies.
func (s story) phases(list []summary) {
	const format = "%-24s %11s %9s %10s %10s %14s\n"
	fmt.Fprintf(s.w, format, "", "statements", "failures", "p50", "p99", "max")
	var statements, failures int
	var longest time.Duration
	for _, p := range list {
		fmt.Fprintf(s.w, format, p.name, strconv.Itoa(p.statements), strconv.Itoa(len(p.failures)),
			milliseconds(p.median), milliseconds(p.p99), milliseconds(p.longest))
		statements += p.statements
		failures += len(p.failures)
		longest = max(longest, p.longest)
	}
	fmt.Fprintf(s.w, format, "in all", strconv.Itoa(statements), strconv.Itoa(failures), "", "", milliseconds(longest))
}

// accounts writes the comparison of the journal with the tables.
func (s story) accounts(list []account, examples []difference) {
	const format = "%-24s %22s %16s %12s\n"
	fmt.Fprintf(s.w, format, "", "acknowledged writes", "values compared", "differences")
	var writes, words int
	for _, a := range list {
		fmt.Fprintf(s.w, format, a.writer, strconv.Itoa(a.writes), strconv.Itoa(a.words), strconv.Itoa(a.differences))
		writes += a.writes
		words += a.words
	}
	fmt.Fprintf(s.w, format, "in all", strconv.Itoa(writes), strconv.Itoa(words), strconv.Itoa(differences(list)))
	for _, e := range examples {
		fmt.Fprintf(s.w, "    %s of %s %s: %s was told %q, and %q is stored\n", e.field, e.table, e.key, e.writer, e.want, e.got)
	}
}

func differences(list []account) (n int) {
	for _, a := range list {
		n += a.differences
	}
	return n
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// verdict is what the demonstration promised and did not keep.
type verdict struct {
	failures []failure
	// stall is the phase with the longest one.
	stall     summary
	bound     time.Duration
	planEmpty bool
	accounts  []account
}

// judge looks at the phases of the changes: the one before them is there for
// comparison, and what this machine does to it is not ours.
func judge(phases []summary, bound time.Duration, planEmpty bool) verdict {
	v := verdict{bound: bound, planEmpty: planEmpty}
	for _, p := range phases {
		v.failures = append(v.failures, p.failures...)
		if p.longest > v.stall.longest {
			v.stall = p
		}
	}
	return v
}

// err joins all that was not kept.
func (v verdict) err() error {
	var problems []error
	if n := len(v.failures); n > 0 {
		problems = append(problems, fmt.Errorf("%d statements of the workload failed, the first one with: %w\n    %s", n, v.failures[0].err, v.failures[0].sql))
	}
	if v.stall.longest >= v.bound {
		problems = append(problems, fmt.Errorf("a statement of the workload took %s, which is not under %s (%s):\n    %s",
			milliseconds(v.stall.longest), milliseconds(v.bound), v.stall.name, v.stall.longestQuery))
	}
	if n := differences(v.accounts); n > 0 {
		problems = append(problems, fmt.Errorf("%d values are not what a writer was told", n))
	}
	for _, a := range v.accounts {
		if a.words == 0 {
			problems = append(problems, fmt.Errorf("nothing of what %q wrote was compared", a.writer))
		}
	}
	if !v.planEmpty {
		problems = append(problems, errors.New("the last plan is not empty"))
	}
	return errors.Join(problems...)
}

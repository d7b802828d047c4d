// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package status

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/pgphase/terraform-provider-pgphase/internal/words"
)

// barWidth is how many characters a bar has: each is five percent.
const barWidth = 20

// longestQuery is how much of a statement is shown, in characters.
const longestQuery = 100

// stalled is how long after its last batch a backfill stands still: batches take
// a tenth of a second.
const stalled = 30 * time.Second

// Text is the status for a terminal: a section for each kind of thing that there
// is, and one line where there is nothing.
func (s *Status) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n", shown(s.Database), s.At.UTC().Format("2006-01-02 15:04:05 UTC"))
	if len(s.Transitions)+len(s.Backfills)+len(s.Builds)+len(s.Waits) == 0 {
		b.WriteString("\nNothing is open: no transition, no backfill, no index build, and nobody waits for a lock.\n")
		return b.String()
	}
	section(&b, "Transitions", s.Transitions, s.transitionText)
	section(&b, "Backfills", s.Backfills, func(f Backfill) string { return f.text() })
	section(&b, "Index builds", s.Builds, Build.text)
	section(&b, "Waiting for locks", s.Waits, Wait.text)
	return b.String()
}

func section[T any](b *strings.Builder, title string, list []T, text func(T) string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, item := range list {
		b.WriteString(text(item))
	}
}

// title is what a transition changes: public.users: login -> display_name.
func (t Transition) title() string {
	switch {
	case t.Kind == "table renamed":
		return shown(strings.Join(t.Old, ", ") + " -> " + strings.Join(t.New, ", "))
	case len(t.New) == 0:
		return shown(t.Table + ": " + strings.Join(t.Old, ", "))
	}
	return shown(t.Table + ": " + strings.Join(t.Old, ", ") + " -> " + strings.Join(t.New, ", "))
}

func (s *Status) transitionText(t Transition) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %s (%s): %s\n", t.title(), t.Kind, t.Phase)
	ago := func(when time.Time) string { return words.Duration(s.At.Sub(when)) }
	fmt.Fprintf(&b, "    expanded %s ago by %s", ago(t.ExpandedAt), shown(t.StartedBy))
	if t.MigratedAt != nil {
		fmt.Fprintf(&b, ", migrated %s ago", ago(*t.MigratedAt))
	}
	b.WriteByte('\n')
	if t.OldStyleWrites != nil {
		fmt.Fprintf(&b, "    old-style writes: %s since the last phase (%s ago), %s since expand\n",
			words.Thousands(*t.OldStyleWrites), ago(t.LookedAt), words.Thousands(*t.OldStyleWritesTotal))
	}
	if t.Ready {
		b.WriteString("    ready for contract\n")
	}
	for i, reason := range t.Reasons {
		lead := "not ready for contract: "
		if i > 0 {
			lead = strings.Repeat(" ", len(lead))
		}
		fmt.Fprintf(&b, "    %s%s\n", lead, reason)
	}
	return b.String()
}

func (f Backfill) text() string {
	text := fmt.Sprintf("  %s  %s  %s rows changed", bar(f.BlocksDone, f.BlocksTotal), shown(f.Relation), words.Thousands(f.RowsChanged))
	switch {
	case f.BlocksDone >= f.BlocksTotal:
		return text + fmt.Sprintf(", finished in %s\n", words.Duration(seconds(f.Running)))
	case seconds(f.Idle) >= stalled:
		return text + fmt.Sprintf(", stands still since %s\n", words.Duration(seconds(f.Idle)))
	case f.Left > 0:
		text += fmt.Sprintf(", running for %s, about %s left", words.Duration(seconds(f.Running)), words.Duration(seconds(f.Left)))
	}
	return text + "\n"
}

func (b Build) text() string {
	name := b.Index
	if name == "" {
		name = "of " + b.Table
	} else if b.Table != "" {
		name += " on " + b.Table
	}
	meter := bar(b.Done, b.Total)
	if b.Total == 0 {
		meter = strings.Repeat(" ", len(meter))
	}
	return fmt.Sprintf("  %s  %s: %s, running for %s (process %d, %s)\n", meter, shown(name), b.Phase, words.Duration(seconds(b.Running)), b.PID, b.Command)
}

func (w Wait) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  process %d", w.PID)
	if w.Application != "" {
		fmt.Fprintf(&b, " (%s)", shown(w.Application))
	}
	fmt.Fprintf(&b, " waits %s", words.Duration(seconds(w.Waiting)))
	if w.Lock != "" {
		fmt.Fprintf(&b, " for %s", shown(w.Lock))
	}
	if w.Query != "" {
		fmt.Fprintf(&b, ": %s", cut(shown(w.Query)))
	}
	b.WriteByte('\n')
	for _, blocker := range w.Blockers {
		fmt.Fprintf(&b, "    behind %s\n", cut(shown(blocker)))
	}
	return b.String()
}

// bar draws how much is done: ##########..........  51 %.
func bar(done, total int64) string {
	if total <= 0 {
		done, total = 1, 1
	}
	done = min(max(done, 0), total)
	full := int(float64(barWidth) * float64(done) / float64(total))
	return fmt.Sprintf("%s%s %3d %%", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), int(100*float64(done)/float64(total)))
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func cut(text string) string {
	if runes := []rune(text); len(runes) > longestQuery {
		return string(runes[:longestQuery]) + "…"
	}
	return text
}

// shown takes out what a terminal would obey: names and statements come from
// others.
func shown(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

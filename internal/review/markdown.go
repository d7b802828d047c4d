// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// MarkdownLimit is the length of a comment that GitHub takes, in characters. The
// report counts bytes, of which no text has fewer.
const MarkdownLimit = 65536

// noticeRoom is kept for saying that something was left out, in bytes.
const noticeRoom = 500

// Marker is the first line of a comment, by which a pipeline finds the one that
// it wrote before. It is not shown.
func Marker(name string) string {
	if name == "" {
		return "<!-- pgphase review -->"
	}
	// Within a comment of HTML a name must not end it.
	return "<!-- pgphase review: " + strings.NewReplacer("-", "&#45;", ">", "&gt;", "<", "&lt;").Replace(visible(name)) + " -->"
}

// Markdown is the report as a comment on a pull request: the changes in a table,
// the dangerous ones open below it, the others folded. It has at most
// [MarkdownLimit] characters, and says what it left out.
func (r *Report) Markdown() string { return r.markdown(MarkdownLimit) }

// left counts what did not fit.
type left struct{ findings, lines, sql, changes int }

func (r *Report) markdown(limit int) string {
	var b strings.Builder
	var out left
	fmt.Fprintf(&b, "%s\n## pgphase%s\n\n%s", Marker(r.Name), r.title(), r.headline())
	fits := func(text string, within int) bool {
		if b.Len()+len(text) > within-noticeRoom {
			return false
		}
		b.WriteString(text)
		return true
	}
	for _, f := range r.Findings {
		if !fits("\n"+f.markdown(), limit) {
			out.findings++
		}
	}
	if len(r.Changes) > 1 {
		fits("\n| | change | steps | stops | can be taken back |\n|---|---|---|---|---|\n", limit)
		for _, c := range r.Changes {
			// A table of thousands leaves room for the dangerous ones below it.
			if !fits(c.row(), limit/2) {
				out.lines++
			}
		}
	}
	for _, c := range r.Changes {
		switch {
		case fits("\n"+c.markdown(true), limit):
		case fits("\n"+c.markdown(false), limit):
			out.sql++
		default:
			out.changes++
		}
	}
	if r.Others > 0 {
		fits(fmt.Sprintf("\n%s of other providers %s not part of this report.\n", counted(r.Others, "change"), verb(r.Others, "is", "are")), limit)
	}
	b.WriteString(out.notice())
	return b.String()
}

// notice says what was left out.
func (l left) notice() string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	add(l.findings, counted(l.findings, "warning"))
	add(l.lines, fmt.Sprintf("%d %s of the table", l.lines, verb(l.lines, "line", "lines")))
	add(l.sql, "the statements of "+counted(l.sql, "change"))
	add(l.changes, counted(l.changes, "change")+" as a whole")
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("\n✂️ **Truncated:** a comment has room for %d characters. Left out: %s. The other forms of the report (HTML, SQL, JSON) have everything.\n",
		MarkdownLimit, strings.Join(parts, ", "))
}

func (r *Report) title() string {
	if r.Name == "" {
		return ""
	}
	return ": " + code(r.Name)
}

// headline is the plan in a sentence or two.
func (r *Report) headline() string {
	switch {
	case r.Failed:
		return "🛑 **The plan failed.**\n"
	case len(r.Changes) == 0:
		return "✅ No changes.\n"
	}
	count := map[Level]int{}
	for _, c := range r.Changes {
		for _, level := range []Level{Destructive, Blocking} {
			if c.has(level) {
				count[level]++
			}
		}
	}
	var parts []string
	if n := count[Blocking]; n > 0 {
		parts = append(parts, fmt.Sprintf("🛑 **%d %s reads or writes for as long as a table is large.**", n, verb(n, "stops", "stop")))
	}
	if n := count[Destructive]; n > 0 {
		parts = append(parts, fmt.Sprintf("🔥 **%d %s for good.**", n, verb(n, "drops", "drop")))
	}
	if len(parts) == 0 {
		parts = append(parts, "Nothing is dropped, and nobody waits for longer than an instant.")
	}
	return counted(len(r.Changes), "change") + ". " + strings.Join(parts, " ") + "\n"
}

// sign is shown before a change.
func (l Level) sign() string {
	switch l {
	case Failing, Blocking:
		return "🛑"
	case Destructive:
		return "🔥"
	case Warned:
		return "⚠️"
	case Calm:
	}
	return "✅"
}

// row is the change in the table.
func (c *Change) row() string {
	return fmt.Sprintf("| %s | %s %s | %s | %s | %s |\n", c.Level.sign(), code(c.Address), c.verb(), c.steps(), c.stopsBriefly(), c.backBriefly())
}

// verb is what happens, in a word or two.
func (c *Change) verb() string {
	verbs := map[Action]string{
		Create: "is created", Update: "is changed", Delete: "is destroyed", Import: "is imported", Forget: "is forgotten", None: "is not changed",
	}
	text := verbs[c.Action]
	if c.Imported && c.Action != Import {
		text = "is imported and changed"
	}
	var names []string
	for _, p := range c.phases() {
		names = append(names, string(p))
	}
	if len(names) > 0 {
		text += " (" + strings.Join(names, ", ") + ")"
	}
	return text
}

func (c *Change) steps() string {
	switch {
	case c.Unknown:
		return "not known yet"
	case len(c.Operations) == 0:
		return "none"
	}
	return strconv.Itoa(len(c.Operations))
}

// stopsBriefly is the worst that anybody waits for.
func (c *Change) stopsBriefly() string {
	halts := c.halts()
	switch {
	case c.Unknown || c.Action == Delete && len(c.Operations) == 0:
		return "not known"
	case len(halts) == 0:
		return "nothing"
	case halts[0].Lasts:
		return "**" + string(halts[0].Stops) + ", for long**"
	}
	return string(halts[0].Stops) + ", an instant"
}

func (c *Change) backBriefly() string {
	word, _, _ := strings.Cut(c.Back, ":")
	word, _, _ = strings.Cut(strings.ToLower(word), ",")
	if word == "no" {
		return "**no**"
	}
	word, _, _ = strings.Cut(word, ".")
	return word
}

// markdown is the change as a section: open where it is dangerous. Without its
// statements it is short.
func (c *Change) markdown(statements bool) string {
	var b strings.Builder
	open := ""
	if c.Level.rank() >= Destructive.rank() {
		open = " open"
	}
	fmt.Fprintf(&b, "<details%s>\n<summary>%s %s %s</summary>\n\n", open, c.Level.sign(), code(c.Address), c.verb())
	for _, a := range c.answers(code) {
		fmt.Fprintf(&b, "* **%s:** %s\n", a.Question, a.Text)
	}
	if statements {
		for i, o := range c.Operations {
			fmt.Fprintf(&b, "\n**%d.** %s\n", i+1, o.headline(code))
			b.WriteString("\n" + block("sql", o.SQL))
		}
		for _, f := range c.Findings {
			if f.Severity != "info" {
				b.WriteString("\n" + f.markdown())
			}
		}
	}
	if ids := c.hazardIDs(); len(ids) > 0 {
		for i := range ids {
			ids[i] = fmt.Sprintf("[%s](%s)", code(ids[i]), hazardPage(ids[i]))
		}
		fmt.Fprintf(&b, "\nHazards: %s\n", strings.Join(ids, ", "))
	}
	b.WriteString("\n</details>\n")
	return b.String()
}

// headline is what a step does and locks; name writes the name of a table.
func (o *Operation) headline(name naming) string {
	text := strings.ToUpper(o.Effect[:1]) + o.Effect[1:]
	if o.Phase != "" {
		phase := string(o.Phase)
		text = strings.ToUpper(phase[:1]) + phase[1:] + ": " + strings.Replace(o.Effect, "instant: ", "instant, ", 1)
	}
	for i, l := range o.Locks {
		if i == 0 {
			text += ", under "
		} else {
			text += "; "
		}
		text += l.Mode + " on " + name(l.Table)
		if l.Stops != StopsNothing {
			text += " (stops " + string(l.Stops) + ")"
		}
	}
	return text
}

// hazardIDs are those of the operations, in their order.
func (c *Change) hazardIDs() []string {
	var ids []string
	for _, f := range c.Findings {
		if f.Hazard != "" && !slices.Contains(ids, string(f.Hazard)) {
			ids = append(ids, string(f.Hazard))
		}
	}
	return ids
}

// hazardPage is where the documentation has an id.
func hazardPage(id string) string {
	return hazard.Page + "#" + url.QueryEscape(id)
}

// markdown is a finding, in a quotation.
func (f Finding) markdown() string {
	sign := map[string]string{"error": "🛑", "warning": "⚠️", "info": "ℹ️"}[f.Severity]
	text := fmt.Sprintf("%s %s\n", sign, code(f.Summary))
	if f.Detail != "" {
		text += "\n" + block("text", f.Detail+"\n")
	}
	return text
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// verb chooses the form for one or several.
func verb(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return several
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
)

//go:embed report.html.tmpl
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"visible":  visible,
	"counted":  counted,
	"open":     func(c Change) bool { return c.Level.rank() >= Destructive.rank() },
	"verb":     func(c Change) string { return c.verb() },
	"badge":    func(l Level) string { return badges[l] },
	"steps":    func(c Change) string { return c.steps() },
	"stops":    func(c Change) string { return strings.ReplaceAll(c.stopsBriefly(), "*", "") },
	"back":     func(c Change) string { return strings.ReplaceAll(c.backBriefly(), "*", "") },
	"picture":  func(c Change) *picture { return c.draw() },
	"answers":  htmlAnswers,
	"hazards":  func(c Change) []string { return c.hazardIDs() },
	"page":     hazardPage,
	"headline": func(o Operation) template.HTML { return template.HTML(o.headline(htmlCode)) }, //nolint:gosec // names are escaped, the rest is ours
	"subtract": func(a, b int) int { return a - b },
	"add":      func(a, b int) int { return a + b },
}).Parse(pageText))

// badges are what the page writes before a change.
var badges = map[Level]string{Calm: "calm", Warned: "warning", Destructive: "drops", Blocking: "blocks", Failing: "error"}

// htmlCode is a name in a sentence of the page.
func htmlCode(name string) string {
	return "<code>" + template.HTMLEscapeString(visible(name)) + "</code>"
}

// htmlAnswer is an [Answer] whose names are escaped.
type htmlAnswer struct {
	Question string
	Text     template.HTML
}

func htmlAnswers(c Change) []htmlAnswer {
	var list []htmlAnswer
	for _, a := range c.answers(htmlCode) {
		list = append(list, htmlAnswer{a.Question, template.HTML(a.Text)}) //nolint:gosec // names are escaped, the rest is ours
	}
	return list
}

// pageHeadline is the headline of the comment, without its signs.
func (r *Report) pageHeadline() string {
	return strings.TrimSpace(strings.NewReplacer("*", "", "🛑 ", "", "🔥 ", "", "✅ ", "").Replace(r.headline()))
}

// writeHTML writes one file that needs no other: it runs no script and loads
// nothing, which its own policy forbids.
func writeHTML(to io.Writer, r *Report) error {
	return wrap(page.Execute(to, struct {
		*Report
		Headline string
	}{r, r.pageHeadline()}))
}

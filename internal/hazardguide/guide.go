// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

//go:embed guide.md.tmpl
var guideText string

var guide = template.Must(template.New("guide").Funcs(template.FuncMap{"stages": stages, "severity": severity}).Parse(guideText))

// category is a section of the guide.
type category struct {
	Title, Text string
	Hazards     []hazard.Hazard
}

// categoryTexts introduce the sections.
var categoryTexts = map[hazard.Category]string{
	hazard.Destructive:   "Data, or a structure that guards it, is gone for good.",
	hazard.DataDependent: "Whether it happens depends on the rows: the plan asks them where it can.",
	hazard.Locking:       "Somebody waits for a lock, or behind somebody who does.",
	hazard.Rewrite:       "The whole table is written anew.",
	hazard.Scan:          "The whole table is read, or an index is built.",
	hazard.AppBreaking:   "Code that is running meets something that it does not expect.",
	hazard.Replication:   "Standbys and subscribers stop, lag or lose rows.",
	hazard.Dependency:    "Another object stands in the way.",
	hazard.Naming:        "Names that do not mean what they say.",
	hazard.Design:        "Advice. It is not shown unless a policy asks for it: `hazards = { design = \"warning\", naming = \"warning\" }`.",
}

// row is a row of the matrix of tests.
type row struct {
	ID            hazard.ID
	Fires, Silent string
}

func write(to io.Writer, tests map[hazard.ID]evidence) error {
	var page struct {
		Count, Avoided int
		Categories     []category
		Tests          []row
	}
	for _, c := range hazard.Categories() {
		section := category{Title: fmt.Sprintf("Category `%s`", c), Text: categoryTexts[c]}
		for _, h := range hazard.All() {
			if h.Category == c {
				section.Hazards = append(section.Hazards, h)
			}
		}
		// What is reported first.
		slices.SortStableFunc(section.Hazards, func(a, b hazard.Hazard) int { return rank(a) - rank(b) })
		page.Categories = append(page.Categories, section)
	}
	for _, h := range hazard.All() {
		page.Count++
		switch {
		case h.Raised():
			page.Tests = append(page.Tests, row{h.ID, cell(tests[h.ID].Fires, h.ID), cell(tests[h.ID].Silent, h.ID)})
		case h.Avoided != "":
			page.Avoided++
		}
	}
	return guide.Execute(to, page)
}

func rank(h hazard.Hazard) int {
	switch {
	case h.Raised():
		return 0
	case h.Avoided != "":
		return 2
	}
	return 1
}

func cell(tests []string, id hazard.ID) string {
	if len(tests) == 0 {
		return untested[id]
	}
	return "`" + strings.Join(tests, "`, `") + "`"
}

// stages says where a hazard is reported, in words.
func stages(h hazard.Hazard) string {
	words := map[hazard.Stage]string{
		hazard.Validate: "by `terraform validate`", hazard.Plan: "by the plan", hazard.Apply: "once more by the apply", hazard.Operations: "in `operations`",
	}
	parts := make([]string, len(h.Stages))
	for i, stage := range h.Stages {
		parts[i] = words[stage]
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// severity says how severe a hazard is by default, and what can change that.
func severity(h hazard.Hazard) string {
	switch {
	case h.Fixed:
		return "Always an error."
	case h.Severity == hazard.Error:
		return "Error, unless it is acknowledged or the policy says otherwise."
	case h.Severity == hazard.Warning:
		return "Warning."
	}
	return "Not shown, unless the policy asks for it."
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// SARIF 2.1.0, as far as code scanning reads it:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

const (
	sarifVersion = "2.1.0"
	sarifSchema  = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	homePage     = "https://registry.terraform.io/providers/pgphase/pgphase/latest/docs"
)

// Rules of what is no hazard of the catalog.
const (
	ruleDestructive = "destructive"
	ruleBlocking    = "blocking"
	ruleDiagnostic  = "diagnostic"
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	// AutomationDetails keep reports of several environments apart.
	AutomationDetails *sarifAutomation `json:"automationDetails,omitempty"`
	Results           []sarifResult    `json:"results"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
	FullDescription  sarifText `json:"fullDescription"`
	HelpURI          string    `json:"helpUri"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations"`
	// PartialFingerprints recognize a result when lines have moved.
	PartialFingerprints map[string]string `json:"partialFingerprints"`
}

type sarifLocation struct {
	PhysicalLocation *sarifPlace    `json:"physicalLocation,omitempty"`
	LogicalLocations []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPlace struct {
	ArtifactLocation struct {
		URI string `json:"uri"`
	} `json:"artifactLocation"`
	Region struct {
		StartLine int `json:"startLine"`
	} `json:"region"`
}

type sarifLogical struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

// sarif is the report for code scanning: a result for each finding, and for each
// change that drops or blocks.
func (r *Report) sarif() sarifLog {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "pgphase", InformationURI: homePage, Rules: []sarifRule{}}
	if r.Name != "" {
		run.AutomationDetails = &sarifAutomation{ID: "pgphase/" + r.Name}
	}
	for _, f := range r.Findings {
		run.add(f, nil)
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Destructive {
			run.add(Finding{Hazard: ruleDestructive, Severity: "warning", Summary: c.Address + " drops for good"}, c)
		}
		if c.blocking() {
			run.add(Finding{Hazard: ruleBlocking, Severity: "warning", Summary: c.Address + ": " + c.Stops}, c)
		}
		for _, f := range c.Findings {
			run.add(f, c)
		}
	}
	return sarifLog{Schema: sarifSchema, Version: sarifVersion, Runs: []sarifRun{run}}
}

// add adds a result, and its rule where it is the first of it. c is nil for what
// belongs to no change.
func (run *sarifRun) add(f Finding, c *Change) {
	rule := ruleOf(string(cmp.Or(f.Hazard, ruleDiagnostic)))
	index := slices.IndexFunc(run.Tool.Driver.Rules, func(known sarifRule) bool { return known.ID == rule.ID })
	if index < 0 {
		index = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	result := sarifResult{
		RuleID: rule.ID, RuleIndex: index, Level: map[string]string{"error": "error", "warning": "warning", "info": "note"}[f.Severity],
		Message: sarifText{strings.TrimSpace(f.Summary + "\n\n" + f.Detail)}, Locations: []sarifLocation{},
		PartialFingerprints: map[string]string{"pgphase/v1": rule.ID + " " + f.Summary},
	}
	location, source := sarifLocation{}, f.Source
	if c != nil {
		result.PartialFingerprints["pgphase/v1"] = rule.ID + " " + c.Address + " " + f.Summary
		location.LogicalLocations = []sarifLogical{{FullyQualifiedName: c.Address, Kind: "resource"}}
		source = cmp.Or(source, c.Source)
	}
	if source.File != "" {
		location.PhysicalLocation = &sarifPlace{}
		location.PhysicalLocation.ArtifactLocation.URI = uri(source.File)
		location.PhysicalLocation.Region.StartLine = max(source.Line, 1)
	}
	if c != nil || source.File != "" {
		result.Locations = append(result.Locations, location)
	}
	run.Results = append(run.Results, result)
}

func ruleOf(id string) sarifRule {
	rule := sarifRule{ID: id, HelpURI: hazardPage(id)}
	switch id {
	case ruleDestructive:
		rule.ShortDescription.Text = "Something is dropped for good"
		rule.FullDescription.Text = "What is dropped is only in a backup afterwards."
		rule.HelpURI = homePage + "/guides/review"
	case ruleBlocking:
		rule.ShortDescription.Text = "Reads or writes stop for as long as a table is large"
		rule.FullDescription.Text = "A lock that stops others is kept while the table is read or written."
		rule.HelpURI = homePage + "/guides/review"
	case ruleDiagnostic:
		rule.ShortDescription.Text = "A warning or an error of the plan"
		rule.FullDescription.Text = "Terraform or pgphase reported it while planning."
		rule.HelpURI = homePage + "/guides/review"
	default:
		if h, known := hazard.Lookup(hazard.ID(id)); known {
			rule.ShortDescription.Text, rule.FullDescription.Text = h.Title, h.Why+" "+h.Next
		}
	}
	return rule
}

// uri is a relative reference of a path (RFC 3986, section 4.2): a colon in its
// first segment would make it a scheme.
func uri(path string) string {
	const kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
	var b strings.Builder
	for _, c := range []byte(filepath.ToSlash(path)) {
		if strings.IndexByte(kept, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string([]byte{hexDigits[c>>4], hexDigits[c&15]}))
		}
	}
	return b.String()
}

const hexDigits = "0123456789ABCDEF"

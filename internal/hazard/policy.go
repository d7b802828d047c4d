// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Policy overrides the severities of hazards: by id, or by category for those
// that have no setting of their own. The zero value leaves all as they are.
type Policy struct {
	ids        map[ID]Severity
	categories map[Category]Severity
}

// NewPolicy reads settings: an id or a category, and the severity. It returns
// an error for each that means nothing or cannot be, in the order of the keys;
// the policy leaves these out.
func NewPolicy(settings map[string]string) (Policy, []*PolicyError) {
	policy := Policy{ids: map[ID]Severity{}, categories: map[Category]Severity{}}
	var refused []*PolicyError
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if err := policy.set(key, settings[key]); err != nil {
			refused = append(refused, err)
		}
	}
	return policy, refused
}

func (p Policy) set(key, text string) *PolicyError {
	severity, err := ParseSeverity(text)
	if err != nil {
		return &PolicyError{Key: key, Summary: "Unknown severity of hazard " + key, Detail: upperFirst(err.Error()) + "."}
	}
	if slices.Contains(Categories(), Category(key)) {
		p.categories[Category(key)] = severity
		return nil
	}
	h, known := Lookup(ID(key))
	switch {
	case !known:
		return unknown(key, append(categoryNames(), idNames()...))
	case h.Fixed && severity < Error:
		return &PolicyError{Key: key, Summary: fmt.Sprintf("Hazard %s is always an error", key), Detail: fixedDetail(h)}
	}
	p.ids[h.ID] = severity
	return nil
}

// Severity is that of a finding whose severity is otherwise the given one. An
// acknowledgement takes it one step down: what would stop the plan becomes a
// warning, and a warning is not shown.
func (p Policy) Severity(id ID, severity Severity, acknowledged bool) Severity {
	if h, known := Lookup(id); known {
		if s, set := p.ids[id]; set {
			severity = s
		} else if s, set := p.categories[h.Category]; set {
			severity = s
		}
	}
	switch {
	case acknowledged && severity == Error:
		return Warning
	case acknowledged:
		return Ignore
	}
	return severity
}

// CheckAcknowledgement returns why an id cannot be acknowledged, or nil.
func CheckAcknowledgement(text string) *PolicyError {
	if slices.Contains(Categories(), Category(text)) {
		return &PolicyError{
			Key: text, Summary: fmt.Sprintf("%q is a category of hazards", text),
			Detail: "An acknowledgement names one hazard, so that it lets nothing else pass. Write the ids that the plan shows.",
		}
	}
	h, known := Lookup(ID(text))
	switch {
	case !known:
		return unknown(text, idNames())
	case h.Fixed:
		return &PolicyError{Key: text, Summary: fmt.Sprintf("Hazard %s cannot be acknowledged", text), Detail: fixedDetail(h)}
	}
	return nil
}

// PolicyError is a setting or an acknowledgement that is refused.
type PolicyError struct {
	// Key is the id or category as it was written.
	Key string
	// Summary is one line without a full stop; Detail says what to write.
	Summary, Detail string
}

func (e *PolicyError) Error() string { return e.Summary + ": " + e.Detail }

func unknown(key string, known []string) *PolicyError {
	detail := "No hazard has this id."
	if near := nearest(key, known); near != "" {
		detail = fmt.Sprintf("Did you mean %q?", near)
	}
	detail += " The guide lists all ids and categories:\n" + Page
	return &PolicyError{Key: key, Summary: fmt.Sprintf("Unknown hazard %q", key), Detail: detail}
}

func fixedDetail(h Hazard) string {
	return fmt.Sprintf("%s. %s There are no statements that could run instead, so that nothing can let it pass. %s", h.Title, h.Why, h.Next)
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

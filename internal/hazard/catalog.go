// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

import "slices"

// Hazard is an entry of the catalog: what is said of a hazard wherever it
// occurs. What it means for one object is the planner's to say.
type Hazard struct {
	ID       ID
	Category Category
	// Severity is the highest that it has by default; the provider's policy and
	// a resource's acknowledgements change it.
	Severity Severity
	// Stages are where it is reported; none where Avoided or Missing says why.
	Stages []Stage
	// Title is one line without a full stop.
	Title string
	// Why says what goes wrong.
	Why string
	// Next is the safe alternative, or the next step.
	Next string
	// Fixed marks an error that no policy lowers and nobody can acknowledge:
	// nothing could run instead.
	Fixed bool
	// When is the condition under which it is reported: the end of a sentence
	// that begins with "when".
	When string
	// Avoided says why it cannot occur: what pgphase does instead.
	Avoided string
	// Missing says what is lacking to report it.
	Missing string
}

// Stage is where a hazard is reported.
type Stage string

// The stages. What only the attribute operations lists becomes a diagnostic
// when a policy asks for it.
const (
	Validate   Stage = "validate"
	Plan       Stage = "plan"
	Apply      Stage = "apply"
	Operations Stage = "operations"
)

// Raised reports whether anything ever reports the hazard.
func (h Hazard) Raised() bool { return len(h.Stages) > 0 }

var catalog = slices.Concat(
	tableHazards, columnHazards, constraintHazards, indexHazards,
	partitionHazards, storageHazards, enumHazards, sessionHazards, replicationHazards, designHazards, elsewhereHazards,
)

var byID = func() map[ID]Hazard {
	index := make(map[ID]Hazard, len(catalog))
	for _, h := range catalog {
		index[h.ID] = h
	}
	return index
}()

// All returns the catalog in its order.
func All() []Hazard { return slices.Clone(catalog) }

// Lookup returns the entry of an id.
func Lookup(id ID) (Hazard, bool) {
	h, found := byID[id]
	return h, found
}

// Nearest returns the id that a misspelled one most likely means, or "" where
// none is close.
func Nearest(text string) ID { return ID(nearest(text, idNames())) }

// Closest returns the one of several words that a misspelled one most likely
// means, or "" where none is close.
func Closest(text string, known []string) string { return nearest(text, known) }

func nearest(text string, known []string) string {
	best, distance := "", len(text)/3+1
	for _, name := range known {
		if d := editDistance(text, name); d < distance {
			best, distance = name, d
		}
	}
	return best
}

func idNames() []string {
	names := make([]string, len(catalog))
	for i, h := range catalog {
		names[i] = string(h.ID)
	}
	return names
}

func categoryNames() []string {
	var names []string
	for _, c := range Categories() {
		names = append(names, string(c))
	}
	return names
}

// editDistance counts the bytes to insert, delete or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"math"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// ValidateSequence reports what is wrong with a sequence whatever the database
// has.
func ValidateSequence(desired schema.Sequence) []Finding {
	fail := func(attribute, detail string) []Finding {
		return []Finding{refusal([]string{attribute}, fmt.Sprintf("Sequence %s cannot be as it is declared", desired.Name), detail)}
	}
	if problem := invalidSequence(desired.Options); problem != "" {
		return fail("", problem)
	}
	lowest, highest := integerRange(desired.Type)
	o := desired.Options
	for _, option := range []struct {
		name  string
		value *int64
	}{{"start", o.Start}, {"min_value", o.MinValue}, {"max_value", o.MaxValue}} {
		if option.value != nil && (*option.value < lowest || *option.value > highest) {
			return fail(option.name, fmt.Sprintf("%s %d is out of the range of %s, which goes from %d to %d.", option.name, *option.value, desired.Type, lowest, highest))
		}
	}
	least, most := sequenceBounds(desired)
	switch {
	case least >= most:
		return fail("", fmt.Sprintf("The smallest value %d must be less than the largest value %d.", least, most))
	case o.Start != nil && (*o.Start < least || *o.Start > most):
		return fail("start", fmt.Sprintf("start %d is not between the smallest value %d and the largest value %d.", *o.Start, least, most))
	}
	return nil
}

func integerRange(integer string) (lowest, highest int64) {
	switch integer {
	case "smallint":
		return math.MinInt16, math.MaxInt16
	case "integer":
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

// sequenceBounds are the smallest and the largest value, declared or not.
func sequenceBounds(s schema.Sequence) (least, most int64) {
	least, most = integerRange(s.Type)
	if s.Options.Increment == nil || *s.Options.Increment > 0 {
		least = 1
	} else {
		most = -1
	}
	if s.Options.MinValue != nil {
		least = *s.Options.MinValue
	}
	if s.Options.MaxValue != nil {
		most = *s.Options.MaxValue
	}
	return least, most
}

// PlanSequence plans a sequence; observed is nil for a new one. Where a sequence
// stands is never touched: that is data.
func PlanSequence(desired schema.Sequence, observed *schema.Sequence) Plan {
	desired.Options = sequenceWithoutDefaults(desired.Options, desired.Type)
	comment := ddl.CommentOnSequence(desired.Name, desired.Comment)
	if observed == nil {
		create := Operation{Statements: []string{ddl.CreateSequence(desired)}, Effect: Effect{CreatesSequence: true}}
		if desired.Comment != "" {
			create.Statements = append(create.Statements, comment)
		}
		return Plan{Operations: []Operation{create}}
	}
	switch {
	case observed.Name != desired.Name:
		return Plan{Findings: []Finding{renamedNeighbour("name", "Sequence "+observed.Name.String(), desired.Name,
			"Code that names the sequence in nextval() fails at once, and so does the plan of every default that does.\n\n"+
				"Declare the new one as a further pgphase_sequence that starts above the values of the old one, and let the defaults take their values from it.")}}
	case observed.Identity:
		return Plan{Findings: []Finding{refusal(nil, fmt.Sprintf("Sequence %s belongs to the identity column %s", desired.Name, observed.Owner),
			"Declare its options there, in the attribute sequence of the column.")}}
	}
	var plan Plan
	if observed.Type != desired.Type || !sameSequence(observed.Options, desired.Options) {
		plan.Operations = append(plan.Operations, Operation{
			Statements: []string{ddl.AlterSequence(*observed, desired)},
			Locks:      []Lock{{Mode: schema.ShareRowExclusive, Table: desired.Name}},
		})
		plan.Probes = append(plan.Probes, sequenceOutOfBounds(desired))
	}
	if observed.Comment != desired.Comment {
		plan.Operations = append(plan.Operations, Operation{
			Statements: []string{comment},
			Locks:      []Lock{{Mode: schema.ShareUpdateExclusive, Table: desired.Name}},
		})
	}
	return plan
}

// sequenceOutOfBounds asks whether the sequence stands outside of its new
// bounds, for which PostgreSQL refuses them.
func sequenceOutOfBounds(desired schema.Sequence) Probe {
	least, most := sequenceBounds(desired)
	return Probe{
		Finding: refusal(nil, fmt.Sprintf("Sequence %s stands outside of its new bounds", desired.Name),
			fmt.Sprintf("PostgreSQL refuses bounds that do not hold its last value (22023). They are from %d to %d. pgphase never sets where a sequence stands: choose bounds that hold it.", least, most)),
		Query: ddl.SequenceOutside(desired.Name, least, most),
	}
}

// PlanSequenceDrop plans the end of a sequence. What still uses it is named by
// dependents.
func PlanSequenceDrop(observed schema.Sequence, dependents Dependents) Plan {
	if dependents.Count > 0 {
		return Plan{Findings: []Finding{stillUsed("sequence", observed.Name.String(), dependents)}}
	}
	return Plan{
		Operations: []Operation{{
			Statements: []string{ddl.DropSequence(observed.Name)},
			Locks:      []Lock{{Mode: schema.AccessExclusive, Table: observed.Name}},
			Effect:     Effect{Drops: true},
			Hazards:    hazards(hazard.SequenceDropOrUntracked),
		}},
		Findings: []Finding{{
			Hazard: hazard.SequenceDropOrUntracked, Severity: hazard.Warning,
			Summary: fmt.Sprintf("Dropping sequence %s", observed.Name),
			Detail:  "Where it stands is lost, and PostgreSQL does not know of functions and code that name it in nextval(): they fail from then on (42P01).",
		}},
	}
}

// SameSequence reports whether both have the same options, spelled out or not.
func SameSequence(a, b schema.Sequence) bool {
	return a.Type == b.Type && sameSequence(sequenceWithoutDefaults(a.Options, a.Type), sequenceWithoutDefaults(b.Options, b.Type))
}

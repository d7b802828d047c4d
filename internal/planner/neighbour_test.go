// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func moods(values ...string) schema.Enum {
	return schema.Enum{Name: inPublic("mood"), Values: values}
}

func numbers(options schema.SequenceOptions) schema.Sequence {
	return schema.Sequence{Name: inPublic("numbers"), Type: "bigint", Options: options}
}

var twoUsers = planner.Dependents{Count: 12, Named: []string{"column mood of table public.people", "function public.cheer(public.mood)"}}

func TestPlanNeighbours(t *testing.T) {
	t.Parallel()
	public := schema.Namespace{Name: "public.app", Comment: "it's ours"}
	renamedSchema, quiet := public, public
	renamedSchema.Name, quiet.Comment = "public.new", ""
	sad, renamedEnum := moods("sad", "ok", "happy"), moods("sad", "ok", "happy")
	renamedEnum.Name.Name = "moods"
	commented := moods("sad", "meh", "ok", "happy", "best")
	commented.Comment = "how people feel"
	plain, odd := numbers(schema.SequenceOptions{}), numbers(schema.SequenceOptions{MinValue: new(int64(10)), MaxValue: new(int64(99)), Increment: new(int64(2)), Cycle: true})
	small := plain
	small.Type, small.Comment = "integer", "less"
	renamedSequence, identity := plain, plain
	renamedSequence.Name.Name = "other"
	identity.Identity, identity.Owner = true, schema.ColumnName{Table: users, Column: "id"}
	for name, plan := range map[string]planner.Plan{
		"schema_create":        planner.PlanSchema(public, nil),
		"schema_comment":       planner.PlanSchema(quiet, &public),
		"schema_rename":        planner.PlanSchema(renamedSchema, &public),
		"schema_drop":          planner.PlanSchemaDrop(public, planner.Dependents{}),
		"schema_drop_full":     planner.PlanSchemaDrop(public, planner.Dependents{Count: 1, Named: []string{"table public.people"}}),
		"enum_create":          planner.PlanEnum(commented, nil),
		"enum_add":             planner.PlanEnum(commented, &sad),
		"enum_add_first":       planner.PlanEnum(moods("a", "b", "sad", "ok", "happy"), &sad),
		"enum_add_to_none":     planner.PlanEnum(moods("it's", "b"), &schema.Enum{Name: inPublic("mood")}),
		"enum_remove":          planner.PlanEnum(moods("sad", "happy"), &sad),
		"enum_rename_value":    planner.PlanEnum(moods("sad", "fine", "happy"), &sad),
		"enum_reorder":         planner.PlanEnum(moods("happy", "sad", "ok", "more"), &sad),
		"enum_rename":          planner.PlanEnum(renamedEnum, &sad),
		"enum_drop":            planner.PlanEnumDrop(sad, planner.Dependents{}),
		"enum_drop_used":       planner.PlanEnumDrop(sad, twoUsers),
		"sequence_create":      planner.PlanSequence(odd, nil),
		"sequence_change":      planner.PlanSequence(odd, &plain),
		"sequence_change_back": planner.PlanSequence(plain, &odd),
		"sequence_type":        planner.PlanSequence(small, &plain),
		"sequence_rename":      planner.PlanSequence(renamedSequence, &plain),
		"sequence_identity":    planner.PlanSequence(odd, &identity),
		"sequence_drop":        planner.PlanSequenceDrop(plain, planner.Dependents{}),
		"sequence_drop_used":   planner.PlanSequenceDrop(plain, twoUsers),
	} {
		golden(t, "neighbour/"+name, plan)
	}
	for name, plan := range map[string]planner.Plan{
		"schema": planner.PlanSchema(public, &public), "enum": planner.PlanEnum(sad, &sad), "sequence": planner.PlanSequence(odd, &odd),
		"spelled-out sequence": planner.PlanSequence(numbers(schema.SequenceOptions{Start: new(int64(1)), Increment: new(int64(1)), Cache: new(int64(1))}), &plain),
	} {
		if len(plan.Operations)+len(plan.Findings) > 0 {
			t.Errorf("%s: there is something to do:\n%s", name, render(plan))
		}
	}
}

func TestValidateSequence(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		typ     string
		options schema.SequenceOptions
		fails   bool
	}{
		"defaults":            {"smallint", schema.SequenceOptions{}, false},
		"descending":          {"smallint", schema.SequenceOptions{Increment: new(int64(-1)), Start: new(int64(-5))}, false},
		"descending above -1": {"bigint", schema.SequenceOptions{Increment: new(int64(-1)), Start: new(int64(5))}, true},
		"too large":           {"smallint", schema.SequenceOptions{MaxValue: new(int64(40000))}, true},
		"start too small":     {"bigint", schema.SequenceOptions{Start: new(int64(0))}, true},
		"no room":             {"bigint", schema.SequenceOptions{MinValue: new(int64(5)), MaxValue: new(int64(5))}, true},
		"no step":             {"bigint", schema.SequenceOptions{Increment: new(int64(0))}, true},
		"no cache":            {"bigint", schema.SequenceOptions{Cache: new(int64(0))}, true},
		"upside down":         {"integer", schema.SequenceOptions{MaxValue: new(int64(-7))}, true},
	} {
		s := numbers(test.options)
		s.Type = test.typ
		if fails := len(planner.ValidateSequence(s)) > 0; fails != test.fails {
			t.Errorf("%s: fails %t", name, fails)
		}
	}
}

// Whatever is declared of a superset in the same order is reached by adding
// values one after the other, interrupted anywhere.
func TestEnumValuesFindTheirPlaces(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		all := []string{"a", "b", "c", "d", "e", "f", "g"}
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:random.IntN(len(all)+1)]
		there := slices.DeleteFunc(slices.Clone(all), func(string) bool { return random.IntN(2) == 0 })
		desired, observed := moods(all...), moods(there...)
		for len(planner.PlanEnum(desired, &observed).Operations) > 0 {
			plan := planner.PlanEnum(desired, &observed)
			if want := len(all) - len(observed.Values); len(plan.Operations) != want {
				t.Fatalf("%v to %v: %d operations, want %d", observed.Values, all, len(plan.Operations), want)
			}
			for range 1 + random.IntN(len(plan.Operations)) {
				observed.Values = addedTo(t, observed.Values, plan.Operations[0].Statements[0])
				plan.Operations = plan.Operations[1:]
			}
		}
		if !slices.Equal(observed.Values, all) {
			t.Errorf("%v became %v, want %v", there, observed.Values, all)
		}
	}
}

// addedTo does what ALTER TYPE ... ADD VALUE does; values are single letters.
func addedTo(t *testing.T, values []string, statement string) []string {
	t.Helper()
	const prefix = "ALTER TYPE public.mood ADD VALUE 'x"
	value, rest := statement[len(prefix)-1:len(prefix)], statement[len(prefix)+1:]
	if rest == "" {
		return append(slices.Clone(values), value)
	}
	place := slices.Index(values, rest[len(rest)-2:len(rest)-1])
	if place < 0 || slices.Contains(values, value) {
		t.Fatalf("%v cannot take %s", values, statement)
	}
	if rest[:len(" AFTER")] == " AFTER" {
		place++
	}
	return slices.Insert(slices.Clone(values), place, value)
}

func TestHazardsOfNeighbours(t *testing.T) {
	t.Parallel()
	app := schema.Namespace{Name: "users"}
	other := schema.Namespace{Name: "people"}
	full := planner.Dependents{Count: 1, Named: []string{"table public.people"}}
	fires(t, hazard.EnumDiscouraged, planner.PlanEnum(moods("sad"), nil))
	sad := moods("sad")
	silent(t, hazard.EnumDiscouraged, planner.PlanEnum(moods("sad", "happy"), &sad))
	fires(t, hazard.SchemaDropDeletesData, planner.PlanSchemaDrop(app, full))
	silent(t, hazard.SchemaDropDeletesData, planner.PlanSchemaDrop(app, planner.Dependents{}))
	fires(t, hazard.SchemaRenameBreaksClients, planner.PlanSchema(other, &app))

	mood := moods("sad", "ok")
	more := planner.PlanEnum(moods("sad", "meh", "ok"), &mood)
	fires(t, hazard.EnumValueRenameBreaksClients, planner.PlanEnum(moods("sad", "fine"), &mood))
	fires(t, hazard.EnumValueRenameBreaksClients, planner.PlanEnum(moods("sad"), &mood))
	silent(t, hazard.EnumValueRenameBreaksClients, more)

	sequence := numbers(schema.SequenceOptions{})
	fires(t, hazard.SequenceDropOrUntracked, planner.PlanSequenceDrop(sequence, planner.Dependents{}))
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"strconv"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// slots are the expressions of an object by their place in it.
type slots map[string]*schema.Expression

func tableSlots(t *schema.Table) slots {
	s := slots{}
	for i := range t.Columns {
		column := &t.Columns[i]
		if column.Default != nil {
			s["default "+string(column.Name)] = column.Default
		}
		if column.Generated != nil {
			s["generated "+string(column.Name)] = &column.Generated.Expression
		}
	}
	for i := range t.Checks {
		s["check "+string(t.Checks[i].Name)] = &t.Checks[i].Expression
	}
	for i := range t.Exclusions {
		exclusion := &t.Exclusions[i]
		for j := range exclusion.Elements {
			s.addKey("exclusion "+string(exclusion.Name), j, exclusion.Elements[j].Expression)
		}
		if exclusion.Where != nil {
			s["where "+string(exclusion.Name)] = exclusion.Where
		}
	}
	if t.PartitionBy != nil {
		for i := range t.PartitionBy.Keys {
			s.addKey("partition", i, t.PartitionBy.Keys[i].Expression)
		}
	}
	return s
}

func indexSlots(index *schema.Index) slots {
	s := slots{}
	for i := range index.Keys {
		s.addKey("key", i, index.Keys[i].Expression)
	}
	if index.Where != nil {
		s["where"] = index.Where
	}
	return s
}

func (s slots) addKey(of string, position int, e *schema.Expression) {
	if e != nil {
		s[of+" "+strconv.Itoa(position)] = e
	}
}

func (s slots) write(texts map[string]string) {
	for place, e := range s {
		if text, found := texts[place]; found {
			e.Text = text
		}
	}
}

// settle replaces each text by what PostgreSQL makes of it when it reads it
// again. What it prints does not always read back as what it was: name IN ('a')
// on a varchar column is stored as (ARRAY['a'::varchar])::text[], and that text
// as ARRAY[('a'::varchar)::text], which is stable at last (14 to 18).
// Statements are made of the canonical text: only a stable one is what the
// catalog says after them.
func settle(desired slots, again func(texts map[string]string) (slots, error)) error {
	texts := map[string]string{}
	for place, e := range desired {
		if e.Canonical != "" && e.Canonical != e.Text && !(schema.Expression{Text: e.Canonical}).IsAtomic() {
			texts[place] = e.Canonical
		}
	}
	if len(texts) == 0 {
		return nil
	}
	settled, err := again(texts)
	if err != nil {
		return err
	}
	for place := range texts {
		if s := settled[place]; s != nil && s.Canonical != "" {
			desired[place].Canonical = s.Canonical
		}
	}
	return nil
}

// reconcile finds out whether different texts mean the same after all: what
// somebody else stored need not be settled. So both texts are put through the
// server once more; where they then agree, the observed one stands for both.
func reconcile(desired, observed slots, again func(texts map[string]string) (slots, error)) error {
	mine, theirs := map[string]string{}, map[string]string{}
	for place, e := range desired {
		other := observed[place]
		if other != nil && e.Canonical != "" && other.Canonical != "" && e.Canonical != other.Canonical {
			mine[place], theirs[place] = e.Canonical, other.Canonical
		}
	}
	if len(mine) == 0 {
		return nil
	}
	first, err := again(mine)
	if err != nil {
		return err
	}
	second, err := again(theirs)
	if err != nil {
		return err
	}
	for place := range mine {
		a, b := first[place], second[place]
		if a != nil && b != nil && a.Canonical != "" && a.Canonical == b.Canonical {
			desired[place].Canonical = theirs[place]
		}
	}
	return nil
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// What stands in the same words in the desired object and in the observed one
// needs no question to the server: the observed one carries the answer. Each
// function reports whether something is left to ask.

func adoptTable(desired, observed *schema.Table) (rest bool) {
	for i := range desired.Columns {
		rest = adoptColumn(&desired.Columns[i], observed.Column(desired.Columns[i].Name)) || rest
	}
	for i := range desired.Checks {
		var known *schema.Expression
		if check := observed.Check(desired.Checks[i].Name); check != nil {
			known = &check.Expression
			desired.Checks[i].Columns = check.Columns
		}
		rest = adoptExpression(&desired.Checks[i].Expression, known) || rest
	}
	for i := range desired.Exclusions {
		d := &desired.Exclusions[i]
		o := observed.Exclusion(d.Name)
		if o == nil {
			o = &schema.Exclusion{}
		}
		for j := range d.Elements {
			known := schema.IndexKey{}
			if j < len(o.Elements) {
				known = o.Elements[j].IndexKey
			}
			rest = adoptIndexKey(&d.Elements[j].IndexKey, known) || rest
		}
		rest = adoptExpression(d.Where, o.Where) || rest
	}
	if p := desired.PartitionBy; p != nil {
		for j := range p.Keys {
			known := schema.IndexKey{}
			if o := observed.PartitionBy; o != nil && j < len(o.Keys) {
				known = o.Keys[j]
			}
			rest = adoptIndexKey(&p.Keys[j], known) || rest
		}
	}
	if !desired.PartitionOf.IsZero() && (desired.PartitionOf != observed.PartitionOf || desired.PartitionBound != observed.PartitionBound) {
		rest = true
	}
	return rest
}

func adoptColumn(desired, observed *schema.Column) (rest bool) {
	if observed == nil {
		observed = &schema.Column{}
	}
	if text := desired.Type.Text; text != "" && (text == observed.Type.SQL() || text == observed.Type.Short()) {
		desired.Type = observed.Type
		if d := desired.Default; d != nil && observed.Default != nil && d.SaysAs(schema.Expression{Text: observed.ShortDefault()}) {
			d.Canonical, d.Volatility = observed.Default.Canonical, observed.Default.Volatility
		}
	}
	rest = desired.Type.Canonical == ""
	rest = adoptName(&desired.Collation, observed.Collation) || rest
	known := observed.Default
	if desired.Type.Canonical != observed.Type.Canonical {
		known = nil // '7' is another value as a number than it is as a text
	}
	rest = adoptExpression(desired.Default, known) || rest
	if desired.Generated != nil {
		var known *schema.Expression
		if observed.Generated != nil {
			known = &observed.Generated.Expression
		}
		rest = adoptExpression(&desired.Generated.Expression, known) || rest
	}
	if desired.Identity != nil && observed.Identity != nil {
		desired.Identity.SequenceName = observed.Identity.SequenceName
	}
	if r := desired.Replaces; r != nil && (r.Up != nil || len(r.Down) > 0) {
		rest = true
	}
	if desired.Conversion != nil {
		rest = true
	}
	// A backfill has no counterpart in the database: it is asked about while
	// it can still run.
	return rest || desired.Backfill != nil && !desired.Nullable && (observed.Name == "" || observed.Nullable)
}

func adoptIndex(desired, observed *schema.Index) (rest bool) {
	for i := range desired.Keys {
		known := schema.IndexKey{}
		if i < len(observed.Keys) {
			known = observed.Keys[i]
		}
		rest = adoptIndexKey(&desired.Keys[i], known) || rest
	}
	return adoptExpression(desired.Where, observed.Where) || rest
}

func adoptIndexKey(desired *schema.IndexKey, observed schema.IndexKey) (rest bool) {
	rest = adoptName(&desired.Collation, observed.Collation)
	rest = adoptName(&desired.OperatorClass, observed.OperatorClass) || rest
	return adoptExpression(desired.Expression, observed.Expression) || rest
}

func adoptExpression(desired, observed *schema.Expression) (rest bool) {
	if desired == nil {
		return false
	}
	switch {
	case observed == nil || desired.Canonical != "":
	case desired.Text == observed.Text:
		*desired = *observed
	case observed.Canonical != "" && desired.SaysAs(schema.Expression{Text: observed.Canonical}):
		desired.Canonical, desired.Volatility = observed.Canonical, observed.Volatility
	}
	return desired.Canonical == ""
}

// adoptName completes a name that was left to search_path by the schema that
// the server found it in.
func adoptName(desired *schema.QualifiedName, observed schema.QualifiedName) (rest bool) {
	if desired.IsZero() || desired.Schema != "" {
		return false
	}
	if desired.Name == observed.Name && observed.Schema == "pg_catalog" {
		*desired = observed
		return false
	}
	return true
}

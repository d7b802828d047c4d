// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// tableBody is a pgphase_table without what are defaults. A partition refers to
// the whole, and has only what it does not have from there.
func tableBody(t schema.Table, whole value) *object {
	body := &object{}
	if t.Name.Schema != "public" {
		body.add("schema", text(t.Name.Schema))
	}
	body.add("name", text(t.Name.Name))
	body.addText("comment", t.Comment)
	if t.PartitionOf.IsZero() {
		body.add("columns", columns(t))
	} else {
		of := &object{}
		of.add("table", whole)
		of.add("bound", text(t.PartitionBound))
		body.add("partition_of", of)
	}
	if k := t.PrimaryKey; k != nil && !k.WithoutOverlaps && !k.Inherited {
		key := &object{}
		if k.Name != schema.ConstraintName(t.Name.Name, "pkey") {
			key.add("name", text(k.Name))
		}
		key.add("columns", names(k.Columns))
		addIndexBacked(key, k.Include, k.Deferral, k.Options, k.Tablespace, k.Comment)
		body.add("primary_key", key)
	}
	addMap(body, "unique", t.Uniques, func(k schema.Key) (schema.Name, *object) {
		if k.WithoutOverlaps || k.Inherited {
			return "", nil
		}
		key := &object{}
		key.add("columns", names(k.Columns))
		key.addTrue("nulls_not_distinct", k.NullsNotDistinct)
		addIndexBacked(key, k.Include, k.Deferral, k.Options, k.Tablespace, k.Comment)
		return k.Name, key
	})
	addMap(body, "checks", t.Checks, func(c schema.Check) (schema.Name, *object) {
		if c.NotEnforced || c.Inherited && !t.PartitionOf.IsZero() {
			return "", nil
		}
		check := &object{}
		check.add("expression", expression(c.Expression.Bare()))
		check.addTrue("no_inherit", c.NoInherit)
		check.addTrue("not_valid", c.NotValid)
		check.addText("comment", c.Comment)
		return c.Name, check
	})
	addMap(body, "exclusions", t.Exclusions, func(e schema.Exclusion) (schema.Name, *object) {
		if e.Inherited {
			return "", nil
		}
		return e.Name, exclusion(e)
	})
	addPartitionBy(body, t.PartitionBy)
	addOptions(body, "options", t.Options)
	body.addTrue("unlogged", t.Unlogged)
	body.addText("tablespace", string(t.Tablespace))
	if r := t.ReplicaIdentity; r.Mode != schema.ReplicaIdentityDefault {
		identity := &object{}
		identity.add("mode", text(r.Mode))
		identity.addText("index", string(r.Index))
		body.add("replica_identity", identity)
	}
	return body
}

// columns keep the order in which the table has them.
func columns(t schema.Table) *object {
	all := &object{spread: true}
	for _, c := range t.Columns {
		inKey := t.PrimaryKey != nil && !t.PrimaryKey.WithoutOverlaps && slices.Contains(t.PrimaryKey.Columns, c.Name)
		all.add(string(c.Name), column(c, inKey))
	}
	return all
}

func column(c schema.Column, inKey bool) *object {
	o := &object{}
	o.add("type", text(c.Type.Short()))
	if !c.Nullable && !inKey && c.Identity == nil {
		o.add("nullable", truth(false))
	}
	if c.Default != nil && c.Default.Bare() != "NULL" {
		o.add("default", expression(c.ShortDefault()))
	}
	if i := c.Identity; i != nil {
		kind := "by default"
		if i.Always {
			kind = "always"
		}
		o.add("identity", text(kind))
		addSequence(o, i.Sequence)
	}
	if g := c.Generated; g != nil {
		generated := &object{}
		generated.add("expression", expression(g.Expression.Bare()))
		if g.Virtual {
			generated.add("kind", text("virtual"))
		}
		o.add("generated", generated)
	}
	addQualified(o, "collation", c.Collation)
	o.addText("compression", c.Compression)
	o.addText("storage", c.Storage)
	if c.StatisticsTarget != nil {
		o.add("statistics", integer(*c.StatisticsTarget))
	}
	o.addText("comment", c.Comment)
	return o
}

func addSequence(o *object, options schema.SequenceOptions) {
	sequence := &object{}
	addSequenceOptions(sequence, options)
	if len(sequence.attributes) > 0 {
		o.add("sequence", sequence)
	}
}

func addSequenceOptions(sequence *object, options schema.SequenceOptions) {
	for _, option := range []struct {
		name  string
		value *int64
	}{
		{"start", options.Start},
		{"increment", options.Increment},
		{"min_value", options.MinValue},
		{"max_value", options.MaxValue},
		{"cache", options.Cache},
	} {
		if option.value != nil {
			sequence.add(option.name, integer(*option.value))
		}
	}
	sequence.addTrue("cycle", options.Cycle)
}

func exclusion(e schema.Exclusion) *object {
	o := &object{}
	if e.Method != "gist" {
		o.add("method", text(e.Method))
	}
	var elements list
	for _, element := range e.Elements {
		key := indexKey(element.IndexKey)
		key.add("operator", text(element.Operator))
		elements = append(elements, key)
	}
	o.add("elements", elements)
	if e.Where != nil {
		o.add("where", expression(e.Where.Bare()))
	}
	addIndexBacked(o, e.Include, e.Deferral, e.Options, e.Tablespace, e.Comment)
	return o
}

func addPartitionBy(body *object, p *schema.PartitionKey) {
	if p == nil {
		return
	}
	by := &object{}
	by.add("strategy", text(p.Strategy))
	var keys list
	for _, key := range p.Keys {
		keys = append(keys, indexKey(key))
	}
	by.add("keys", keys)
	body.add("partition_by", by)
}

// addMap adds a map of constraints, by name; encode returns nil for what cannot
// be declared.
func addMap[T any](body *object, name string, all []T, encode func(T) (schema.Name, *object)) {
	entries := &object{spread: true}
	for _, one := range all {
		if key, o := encode(one); o != nil {
			entries.add(string(key), o)
		}
	}
	if len(entries.attributes) == 0 {
		return
	}
	slices.SortFunc(entries.attributes, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	body.add(name, entries)
}

// addIndexBacked adds what primary key, unique and exclusion constraints share.
func addIndexBacked(o *object, include []schema.Name, d schema.Deferral, options map[string]string, tablespace schema.Name, comment string) {
	if len(include) > 0 {
		o.add("include", names(include))
	}
	o.addTrue("deferrable", d.Deferrable)
	o.addTrue("initially_deferred", d.InitiallyDeferred)
	addOptions(o, "options", options)
	o.addText("tablespace", string(tablespace))
	o.addText("comment", comment)
}

var (
	wholeNumber   = regexp.MustCompile(`^(0|-?[1-9]\d{0,14})$`)
	decimalNumber = regexp.MustCompile(`^-?(0|[1-9]\d{0,5})\.\d{0,7}[1-9]$`)
)

// addOptions adds storage parameters, whose values are strings that Terraform
// makes of numbers and truth values as well.
func addOptions(o *object, name string, options map[string]string) {
	if len(options) == 0 {
		return
	}
	entries := &object{}
	for _, option := range slices.Sorted(maps.Keys(options)) {
		setting := options[option]
		switch {
		case setting == "true" || setting == "false":
			entries.add(option, truth(setting == "true"))
		case wholeNumber.MatchString(setting) || decimalNumber.MatchString(setting):
			entries.add(option, constant{cty.MustParseNumberVal(setting)})
		default:
			entries.add(option, text(setting))
		}
	}
	o.add(name, entries)
}

// addQualified adds a name that the search path finds in pg_catalog anyway.
func addQualified(o *object, name string, q schema.QualifiedName) {
	if q.IsZero() {
		return
	}
	if q.Schema == "pg_catalog" {
		q.Schema = ""
	}
	o.add(name, text(q.String()))
}

func names(all []schema.Name) list {
	l := make(list, len(all))
	for i, name := range all {
		l[i] = text(name)
	}
	return l
}

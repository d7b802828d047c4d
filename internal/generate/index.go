// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// indexBody is a pgphase_index without what are defaults.
func indexBody(i schema.Index, table value) *object {
	body := &object{}
	body.add("table", table)
	body.add("name", text(i.Name.Name))
	if i.Method != "btree" {
		body.add("method", text(i.Method))
	}
	var keys list
	for _, key := range i.Keys {
		keys = append(keys, indexKey(key))
	}
	body.add("keys", keys)
	if len(i.Include) > 0 {
		body.add("include", names(i.Include))
	}
	if i.Where != nil {
		body.add("where", expression(i.Where.Bare()))
	}
	body.addTrue("unique", i.Unique)
	body.addTrue("nulls_not_distinct", i.NullsNotDistinct)
	addOptions(body, "options", i.Options)
	body.addText("tablespace", string(i.Tablespace))
	body.addText("comment", i.Comment)
	return body
}

func indexKey(k schema.IndexKey) *object {
	o := &object{}
	if k.Expression != nil {
		o.add("expression", expression(k.Expression.Bare()))
	} else {
		o.add("column", text(k.Column))
	}
	addQualified(o, "collation", k.Collation)
	addQualified(o, "operator_class", k.OperatorClass)
	if len(k.OperatorClassOptions) > 0 {
		options := &object{}
		for _, name := range slices.Sorted(maps.Keys(k.OperatorClassOptions)) {
			options.add(name, text(k.OperatorClassOptions[name]))
		}
		o.add("operator_class_options", options)
	}
	if k.Descending {
		o.add("order", text("desc"))
	}
	if k.NullsFirst != nil {
		nulls := "last"
		if *k.NullsFirst {
			nulls = "first"
		}
		o.add("nulls", text(nulls))
	}
	return o
}

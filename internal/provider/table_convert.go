// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// decode turns the configuration into the desired table. Maps become slices in
// the order of their names, so that nothing depends on the order of a map.
func (m *tableModel) decode(ctx context.Context) (schema.Table, diag.Diagnostics) {
	var diags diag.Diagnostics
	table := schema.Table{
		Name:       m.qualifiedName(),
		Comment:    m.Comment.ValueString(),
		Options:    stringMap(ctx, m.Options, &diags),
		Unlogged:   m.Unlogged.ValueBool(),
		Tablespace: schema.Name(m.Tablespace.ValueString()),
	}
	table.IgnoredColumns = m.ignored(ctx, &diags)
	if !m.RenamedFrom.IsNull() {
		table.RenamedFrom = schema.QualifiedName{Schema: table.Name.Schema, Name: schema.Name(m.RenamedFrom.ValueString())}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Columns)) {
		model := m.Columns[name]
		column, moreDiags := model.decode(name)
		diags.Append(moreDiags...)
		table.Columns = append(table.Columns, column)
	}
	if k := m.PrimaryKey; k != nil {
		table.PrimaryKey = k.decodeKey(ctx, k.Name.ValueString(), k.Columns, &diags)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Unique)) {
		u := m.Unique[name]
		key := u.decodeKey(ctx, name, u.Columns, &diags)
		key.NullsNotDistinct = u.NullsNotDistinct.ValueBool()
		table.Uniques = append(table.Uniques, *key)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Checks)) {
		c := m.Checks[name]
		table.Checks = append(table.Checks, schema.Check{
			Name: schema.Name(name), Expression: schema.Expression{Text: c.Expression.ValueString()},
			NoInherit: c.NoInherit.ValueBool(), NotValid: c.NotValid.ValueBool(), Comment: c.Comment.ValueString(),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(m.Exclusions)) {
		exclusion, moreDiags := m.Exclusions[name].decode(ctx, name)
		diags.Append(moreDiags...)
		table.Exclusions = append(table.Exclusions, exclusion)
	}
	if r := m.ReplicaIdentity; r != nil {
		table.ReplicaIdentity = schema.ReplicaIdentity{
			Mode: schema.ReplicaIdentityMode(r.Mode.ValueString()), Index: schema.Name(r.Index.ValueString()),
		}
	}
	if p := m.PartitionBy; p != nil {
		table.PartitionBy = &schema.PartitionKey{Strategy: p.Strategy.ValueString()}
		for _, k := range p.Keys {
			key, moreDiags := indexKeyModel{Column: k.Column, Expression: k.Expression, Collation: k.Collation, OperatorClass: k.OperatorClass}.decode(ctx)
			diags.Append(moreDiags...)
			table.PartitionBy.Keys = append(table.PartitionBy.Keys, key)
		}
	}
	m.decodePartitionOf(&table, &diags)
	return table, diags
}

// encodeTable renders a table in the server's spelling: the parts that like
// names, or all but its ignored columns when it names none. A partition has no
// columns in a model, and none of the constraints that it shares with the whole.
func encodeTable(ctx context.Context, table schema.Table, like *tableModel) (tableModel, diag.Diagnostics) {
	var diags diag.Diagnostics
	m := *like
	everything := like.Columns == nil && like.PartitionOf == nil
	if other := secondName(&table); other.IsZero() || other != like.qualifiedName() {
		m.Schema = types.StringValue(string(table.Name.Schema))
		m.Name = types.StringValue(string(table.Name.Name))
		m.ID = types.StringValue(table.ID())
	}
	m.Comment = stringOrNull(table.Comment)
	m.Options = stringMapLike(table.Options, like.Options)
	m.Unlogged = types.BoolValue(table.Unlogged)
	m.Tablespace = stringOrNull(string(table.Tablespace))

	ignored := like.ignored(ctx, &diags)
	m.PartitionOf = encodePartitionOf(table)
	m.Columns = nil
	if like.Columns != nil || everything && m.PartitionOf == nil {
		m.Columns = map[string]columnModel{}
	}
	for _, column := range table.Columns {
		if m.Columns == nil {
			break
		}
		name := string(column.Name)
		prior, owned := like.Columns[name]
		if !owned && (!everything || slices.Contains(ignored, column.Name)) {
			continue
		}
		m.Columns[name] = encodeColumn(column, &prior)
	}
	m.PrimaryKey = nil
	if everything {
		table = declarable(table)
	}
	if k := table.PrimaryKey; k != nil && (everything || like.PrimaryKey != nil) {
		m.PrimaryKey = &keyModel{
			Name: types.StringValue(string(k.Name)), Columns: stringsOfNames(k.Columns), indexBackedModel: encodeKey(*k),
		}
	}
	m.Unique = ownedMap(table.Uniques, like.Unique, everything, func(k schema.Key) (string, uniqueModel) {
		return string(k.Name), uniqueModel{
			Columns: stringsOfNames(k.Columns), NullsNotDistinct: types.BoolValue(k.NullsNotDistinct), indexBackedModel: encodeKey(k),
		}
	})
	m.Checks = ownedMap(table.Checks, like.Checks, everything, func(c schema.Check) (string, checkModel) {
		return string(c.Name), checkModel{
			Expression: expressionText(&c.Expression), NoInherit: types.BoolValue(c.NoInherit),
			NotValid: types.BoolValue(c.NotValid), Comment: stringOrNull(c.Comment),
		}
	})
	m.Exclusions = ownedMap(table.Exclusions, like.Exclusions, everything, encodeExclusion)
	m.ReplicaIdentity = nil
	if r := table.ReplicaIdentity; r.Mode != schema.ReplicaIdentityDefault {
		m.ReplicaIdentity = &replicaIdentityModel{Mode: types.StringValue(string(r.Mode)), Index: stringOrNull(string(r.Index))}
	}
	m.PartitionBy = nil
	if p := table.PartitionBy; p != nil {
		m.PartitionBy = &partitionByModel{Strategy: types.StringValue(p.Strategy)}
		for _, key := range p.Keys {
			k := encodeIndexKey(key)
			m.PartitionBy.Keys = append(m.PartitionBy.Keys, partitionKeyModel{k.Column, k.Expression, k.Collation, k.OperatorClass})
		}
	}
	return m, diags
}

// declarable leaves out the constraints that no attribute can express: an import
// that took them would have the next plan change them.
func declarable(table schema.Table) schema.Table {
	if !table.PartitionOf.IsZero() {
		table = withoutInherited(table)
	}
	if k := table.PrimaryKey; k != nil && k.WithoutOverlaps {
		table.PrimaryKey = nil
	}
	table.Uniques = slices.DeleteFunc(slices.Clone(table.Uniques), func(k schema.Key) bool { return k.WithoutOverlaps })
	table.Checks = slices.DeleteFunc(slices.Clone(table.Checks), func(c schema.Check) bool { return c.NotEnforced })
	return table
}

// ownedMap renders the constraints that like names. Without any it is null, as
// an absent attribute is; an empty map that the author wrote stays one.
func ownedMap[T, M any](all []T, like map[string]M, everything bool, encode func(T) (string, M)) map[string]M {
	owned := map[string]M{}
	for _, one := range all {
		name, model := encode(one)
		if _, named := like[name]; named || everything {
			owned[name] = model
		}
	}
	if len(owned) == 0 && (like == nil || len(like) > 0) {
		return nil
	}
	return owned
}

// stringMapLike is stringMapOrNull, but an empty map that the author wrote
// stays one.
func stringMapLike(elements map[string]string, like types.Map) types.Map {
	if len(elements) == 0 && !like.IsNull() && len(like.Elements()) == 0 {
		return like
	}
	return stringMapOrNull(elements)
}

func deferral(deferrable, initially types.Bool) schema.Deferral {
	return schema.Deferral{Deferrable: deferrable.ValueBool(), InitiallyDeferred: initially.ValueBool()}
}

func (m indexBackedModel) decodeKey(ctx context.Context, name string, columns []types.String, diags *diag.Diagnostics) *schema.Key {
	return &schema.Key{
		Name: schema.Name(name), Columns: nameList(columns), Include: nameList(m.Include),
		Deferral: deferral(m.Deferrable, m.InitiallyDeferred), Options: stringMap(ctx, m.Options, diags),
		Tablespace: schema.Name(m.Tablespace.ValueString()), Comment: m.Comment.ValueString(),
	}
}

func encodeKey(k schema.Key) indexBackedModel {
	return encodeIndexBacked(k.Include, k.Deferral, k.Options, k.Tablespace, k.Comment)
}

func encodeIndexBacked(include []schema.Name, d schema.Deferral, options map[string]string, tablespace schema.Name, comment string) indexBackedModel {
	return indexBackedModel{
		Include:    stringsOfNames(include),
		Deferrable: types.BoolValue(d.Deferrable), InitiallyDeferred: types.BoolValue(d.InitiallyDeferred),
		Options: stringMapOrNull(options), Tablespace: stringOrNull(string(tablespace)), Comment: stringOrNull(comment),
	}
}

func (m *tableModel) ignored(ctx context.Context, diags *diag.Diagnostics) []schema.Name {
	if m.IgnoredColumns.IsNull() || m.IgnoredColumns.IsUnknown() {
		return nil
	}
	var names []string
	moreDiags := m.IgnoredColumns.ElementsAs(ctx, &names, false)
	if diags != nil {
		diags.Append(moreDiags...)
	}
	ignored := make([]schema.Name, len(names))
	for i, name := range names {
		ignored[i] = schema.Name(name)
	}
	return ignored
}

func (m exclusionModel) decode(ctx context.Context, name string) (schema.Exclusion, diag.Diagnostics) {
	var diags diag.Diagnostics
	exclusion := schema.Exclusion{
		Name: schema.Name(name), Method: m.Method.ValueString(), Include: nameList(m.Include), Where: expressionOf(m.Where),
		Deferral: deferral(m.Deferrable, m.InitiallyDeferred), Options: stringMap(ctx, m.Options, &diags),
		Tablespace: schema.Name(m.Tablespace.ValueString()), Comment: m.Comment.ValueString(),
	}
	for _, e := range m.Elements {
		key, moreDiags := e.decode(ctx)
		diags.Append(moreDiags...)
		exclusion.Elements = append(exclusion.Elements, schema.ExclusionElement{IndexKey: key, Operator: e.Operator.ValueString()})
	}
	return exclusion, diags
}

func encodeExclusion(e schema.Exclusion) (string, exclusionModel) {
	m := exclusionModel{
		Method: types.StringValue(e.Method), Where: expressionText(e.Where),
		indexBackedModel: encodeIndexBacked(e.Include, e.Deferral, e.Options, e.Tablespace, e.Comment),
	}
	for _, element := range e.Elements {
		m.Elements = append(m.Elements, exclusionElementModel{encodeIndexKey(element.IndexKey), types.StringValue(element.Operator)})
	}
	return string(e.Name), m
}

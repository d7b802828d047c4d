// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Most resources of most runs have nothing to do. An object is settled when its
// last apply ended with nothing left to run; as long as the server has the same
// object and the configuration says what the state says, neither a refresh nor
// a plan has to look closer. What is left is the work of the framework around
// it, which is most of a plan's processor time (profiled).

// located is a kind that finds its objects by the raw value of a state, without
// decoding the rest.
type located[O any] interface {
	// locate returns the little of an object that relation, find and own need;
	// false where the value does not say it.
	locate(raw map[string]tftypes.Value) (O, bool)
}

// refreshed reports that a settled object is what it was: state and private
// data stay.
func (r *managedResource[M, O]) refreshed(ctx context.Context, req resource.ReadRequest) (object O, unchanged bool) {
	kind, ok := r.kind.(located[O])
	if !ok || r.db == nil || !r.db.known() {
		return object, false
	}
	attributes, ok := fields(req.State.Raw)
	if !ok {
		return object, false
	}
	like, ok := kind.locate(attributes)
	if !ok {
		return object, false
	}
	snapshot := settledSnapshot(ctx, req.Private)
	if snapshot == nil {
		return object, false
	}
	table, err := r.db.lookup(ctx, r.kind.relation(like))
	if err != nil || table == nil || len(table.Transitions) > 0 {
		return object, false
	}
	now := r.kind.find(table, like)
	if now == nil {
		return object, false
	}
	packed, err := packObserved(r.kind.own(*now, like))
	return *now, err == nil && bytes.Equal(packed, snapshot.Object)
}

// settledSnapshot reads private data that says settled; nil for any other.
func settledSnapshot(ctx context.Context, private privateReader) *observedSnapshot {
	data, diags := private.GetKey(ctx, observedKey)
	if diags.HasError() || data == nil {
		return nil
	}
	snapshot := &observedSnapshot{}
	if json.Unmarshal(data, snapshot) != nil || snapshot.Format != observedFormat || snapshot.Settled == "" {
		return nil
	}
	return snapshot
}

// settlement identifies a configuration, with what of the provider's settings
// ends up in a state. Comparing plan and state is not enough: Terraform keeps
// the prior value of an attribute that a configuration no longer sets and that
// the provider may compute.
func (r *managedResource[M, O]) settlement(config tftypes.Value) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%t", r.db.deletionProtection)
	hashValue(hash, config)
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// settledBy is the settlement that an apply has reached, or "".
func (r *managedResource[M, O]) settledBy(done applied[O], config tftypes.Value) string {
	if !done.settled {
		return ""
	}
	return r.settlement(config)
}

// hashValue writes a value in an order of its own.
func hashValue(to io.Writer, value tftypes.Value) {
	if isLeaf(value) {
		fmt.Fprintf(to, "%s;", value)
		return
	}
	if elements, ok := fields(value); ok {
		for _, name := range slices.Sorted(maps.Keys(elements)) {
			fmt.Fprintf(to, "%q:", name)
			hashValue(to, elements[name])
		}
		return
	}
	elements, _ := items(value)
	fmt.Fprintf(to, "%d:", len(elements))
	for _, element := range elements {
		hashValue(to, element)
	}
}

// nothingToPlan reports that configuration and state say the same of a settled
// object.
func (r *managedResource[M, O]) nothingToPlan(ctx context.Context, req resource.ModifyPlanRequest) bool {
	if req.State.Raw.IsNull() || !req.Plan.Raw.Equal(req.State.Raw) || !r.db.known() {
		return false
	}
	snapshot := settledSnapshot(ctx, req.Private)
	if snapshot == nil || snapshot.Settled != r.settlement(req.Config.Raw) {
		return false
	}
	locating, ok := r.kind.(located[O])
	if !ok {
		return false
	}
	attributes, ok := fields(req.State.Raw)
	if !ok {
		return false
	}
	like, ok := locating.locate(attributes)
	if !ok {
		return false
	}
	table, err := r.db.lookup(ctx, r.kind.relation(like))
	if err != nil || table == nil || len(table.Transitions) > 0 {
		return false
	}
	if kind, ok := r.kind.(unobtrusive[O]); ok {
		return kind.quiet(&r.db.announcements, table, like)
	}
	return true
}

// unobtrusive is a kind that may have something to say of a settled object.
type unobtrusive[O any] interface {
	// quiet registers what the object declares, and reports that there is
	// nothing to say.
	quiet(a *announcements, table *schema.Table, like O) bool
}

func (tableKind) locate(raw map[string]tftypes.Value) (schema.Table, bool) {
	within, ok := text(raw["schema"])
	name, named := text(raw["name"])
	columns, owned := fields(raw["columns"])
	if !ok || !named || !owned {
		return schema.Table{}, false
	}
	table := schema.Table{Name: schema.QualifiedName{Schema: within, Name: name}}
	for column := range columns {
		table.Columns = append(table.Columns, schema.Column{Name: schema.Name(column)})
	}
	ignored, ok := items(raw["ignored_columns"])
	if !ok && !raw["ignored_columns"].IsNull() {
		return schema.Table{}, false
	}
	for _, value := range ignored {
		column, ok := text(value)
		if !ok {
			return schema.Table{}, false
		}
		table.IgnoredColumns = append(table.IgnoredColumns, column)
	}
	return table, true
}

func (tableKind) quiet(a *announcements, table *schema.Table, like schema.Table) bool {
	for _, column := range table.Columns {
		if like.Column(column.Name) == nil && !slices.Contains(like.IgnoredColumns, column.Name) {
			return false
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, column := range like.Columns {
		if a.declare(schema.ColumnName{Table: table.Name, Column: column.Name}, "the pgphase_table "+table.ID()) != nil {
			return false
		}
	}
	return true
}

func (columnKind) locate(raw map[string]tftypes.Value) (tableColumn, bool) {
	table, name, ok := locatePart(raw)
	return tableColumn{Table: table, Column: schema.Column{Name: name}}, ok
}

func (columnKind) quiet(a *announcements, _ *schema.Table, like tableColumn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.declare(like.name(), "the pgphase_column "+like.name().String()) == nil
}

func (indexKind) locate(raw map[string]tftypes.Value) (schema.Index, bool) {
	table, name, ok := locatePart(raw)
	return schema.Index{Table: table, Name: schema.QualifiedName{Schema: table.Schema, Name: name}}, ok
}

func (foreignKeyKind) locate(raw map[string]tftypes.Value) (schema.ForeignKey, bool) {
	table, name, ok := locatePart(raw)
	return schema.ForeignKey{Table: table, Name: name}, ok
}

// locatePart reads the attributes table and name.
func locatePart(raw map[string]tftypes.Value) (table schema.QualifiedName, name schema.Name, ok bool) {
	id, ok := text(raw["table"])
	if !ok {
		return table, name, false
	}
	table, err := schema.ParseQualifiedName(string(id))
	if err != nil {
		return table, name, false
	}
	name, ok = text(raw["name"])
	return table, name, ok
}

// text reads a known string.
func text(value tftypes.Value) (schema.Name, bool) {
	var s string
	if value.IsNull() || !value.IsKnown() || value.As(&s) != nil {
		return "", false
	}
	return schema.Name(s), true
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	dbschema "github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const driftAttribute = "drift"

// Ways in which the database is not what was declared.
const (
	driftChanged    = "changed"
	driftMissing    = "missing"
	driftUndeclared = "undeclared"
)

// driftDefaults are the severities of all that a plan can tell. Undeclared
// indexes and foreign keys are not among them: they have resources of their own,
// which Terraform plans after their table. Nor are tables.
var driftDefaults = map[string]hazard.Severity{
	"changed_tables": hazard.Warning, "changed_columns": hazard.Warning, "changed_indexes": hazard.Warning, "changed_constraints": hazard.Warning,
	"missing_tables": hazard.Warning, "missing_columns": hazard.Warning, "missing_indexes": hazard.Warning, "missing_constraints": hazard.Warning,
	"undeclared_columns": hazard.Warning, "undeclared_constraints": hazard.Warning,
}

// driftPolicy says how loud a difference is that nobody declared. The zero
// value is the default.
type driftPolicy map[string]hazard.Severity

// severity is that of one way and one kind of object ("columns", ...).
func (p driftPolicy) severity(way, kind string) hazard.Severity {
	for _, key := range []string{way + "_" + kind, way} {
		if severity, set := p[key]; set {
			return severity
		}
	}
	return driftDefaults[way+"_"+kind]
}

func driftPolicyAttribute() schema.Attribute {
	return schema.MapAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "What a plan says about changes that were made outside of Terraform: `error`, `warning` or `ignore` for `changed`, `missing` or `undeclared`, " +
			"or for one of them and one kind of object, which beats it: `changed_columns`, `missing_indexes`, `undeclared_constraints`, ... (`tables`, `columns`, `indexes`, `constraints`). " +
			"Default: `warning`. What changed or is missing is named where the plan has operations that bring it back; an error stops that plan as well, until it is lowered. " +
			"Foreign keys count as constraints. Undeclared are columns and constraints of a `pgphase_table`; `pgphase undeclared` finds tables, indexes and foreign keys too. See the guide [Drift](guides/drift.md).",
		Validators: []validator.Map{driftPolicyValidator{}},
	}
}

type driftPolicyValidator struct{}

func (driftPolicyValidator) Description(context.Context) string {
	return "severities of changes from outside"
}

func (v driftPolicyValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (driftPolicyValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	_, diags := readDriftPolicy(req.ConfigValue, req.Path)
	resp.Diagnostics.Append(diags...)
}

// readDriftPolicy reads the attribute. What is not known yet leaves its default.
func readDriftPolicy(value types.Map, at path.Path) (driftPolicy, diag.Diagnostics) {
	var diags diag.Diagnostics
	policy := driftPolicy{}
	known := append(slices.Sorted(maps.Keys(driftDefaults)), driftChanged, driftMissing, driftUndeclared)
	elements := value.Elements()
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		text, ok := elements[key].(types.String)
		if !ok || text.IsNull() || text.IsUnknown() {
			continue
		}
		severity, err := hazard.ParseSeverity(text.ValueString())
		switch {
		case !slices.Contains(known, key):
			diags.AddAttributeError(at.AtMapKey(key), "Unknown drift "+strconv.Quote(key), unknownDrift(key, known))
		case err != nil:
			diags.AddAttributeError(at.AtMapKey(key), "Unknown severity of drift "+key, capitalize(err.Error())+".")
		default:
			policy[key] = severity
		}
	}
	return policy, diags
}

func unknownDrift(key string, known []string) string {
	switch key {
	case "undeclared_indexes", "undeclared_foreign_keys", "undeclared_tables":
		return "A plan cannot tell: indexes and foreign keys have resources of their own, which Terraform plans after their table.\n\n" +
			"    terraform show -json | pgphase undeclared -state -\n\nnames them, and ends with the exit code 3 when there are any."
	}
	if near := hazard.Closest(key, known); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	return "It is changed, missing or undeclared, alone or with the kind of object: changed_columns, missing_indexes, undeclared_constraints."
}

// observedDrift is what the refreshes of this run have found changed since the
// last apply, by resource type and id. A plan of the same run names it. The
// second plan of a change, in the process that applies it, finds nothing here:
// nothing that is planned depends on it.
type observedDrift struct {
	mu    sync.Mutex
	found map[string][]dbschema.Deviation
}

func (d *observedDrift) note(id string, found []dbschema.Deviation) {
	if len(found) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.found == nil {
		d.found = map[string][]dbschema.Deviation{}
	}
	d.found[id] = found
}

func (d *observedDrift) of(id string) []dbschema.Deviation {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.found[id]
}

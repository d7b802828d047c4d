// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// partitionOfModel is the attribute partition_of.
type partitionOfModel struct {
	Table types.String `tfsdk:"table"`
	Bound types.String `tfsdk:"bound"`
}

func partitionOfAttribute() rschema.Attribute {
	return rschema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Makes it a partition of another table, whose columns it has: `columns` is left out. Set on a table that is there, it attaches the table " +
			"with its rows, over a check that proves the bound; removed, it detaches the partition, which goes on as a table, and `columns` is set again. " +
			"Bound and table are fixed in between.",
		Attributes: map[string]rschema.Attribute{
			"table": rschema.StringAttribute{
				Required: true, Validators: []validator.String{tableIDValidator{}},
				MarkdownDescription: "The partitioned table as `schema.table`, quoted as in SQL: the `id` of a `pgphase_table`.",
			},
			"bound": rschema.StringAttribute{
				Required: true, Validators: expressionValidators(),
				MarkdownDescription: "Which rows belong into it, as in SQL: `FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`, `FOR VALUES IN ('a', 'b')`, " +
					"`FOR VALUES WITH (MODULUS 4, REMAINDER 0)` or `DEFAULT`. A date without a time zone counts in that of the session.",
			},
		},
	}
}

func (m *tableModel) decodePartitionOf(table *schema.Table, diags *diag.Diagnostics) {
	if m.PartitionOf == nil {
		return
	}
	of, err := schema.ParseQualifiedName(m.PartitionOf.Table.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("partition_of"), "Malformed table id", err.Error())
		return
	}
	table.PartitionOf, table.PartitionBound = of, m.PartitionOf.Bound.ValueString()
}

func encodePartitionOf(table schema.Table) *partitionOfModel {
	if table.PartitionOf.IsZero() {
		return nil
	}
	return &partitionOfModel{types.StringValue(table.PartitionOf.String()), types.StringValue(table.PartitionBound)}
}

// consisting is a kind whose attributes depend on each other.
type consisting[M any] interface {
	// consistent reports what no single attribute can.
	consistent(model *M) []planner.Finding
}

// consistent turns findings of the kind into diagnostics.
func (r *managedResource[M, O]) consistent(model *M) (diags diag.Diagnostics) {
	if kind, ok := r.kind.(consisting[M]); ok {
		for _, finding := range kind.consistent(model) {
			appendFinding(&diags, finding, r.pathOf(finding), "")
		}
	}
	return diags
}

var boundBeginning = regexp.MustCompile(`(?i)^\s*(FOR\s+VALUES\s+(FROM|IN|WITH)\b|DEFAULT\s*$)`)

func (tableKind) consistent(m *tableModel) []planner.Finding {
	fail := func(attribute, summary, detail string) []planner.Finding {
		return []planner.Finding{{Severity: hazard.Error, Refusal: true, Path: []string{attribute}, Summary: fmt.Sprintf(summary, m.qualifiedName()), Detail: detail}}
	}
	switch {
	case m.PartitionOf == nil && m.Columns == nil:
		return fail("columns", "%s has no columns", "Declare them in columns. Only a partition has none of its own: with partition_of, they are those of the partitioned table.")
	case m.PartitionOf == nil:
	case m.Columns != nil:
		return fail("columns", "Partition %s declares columns",
			"The columns of a partition are those of its partitioned table, and change with them. Leave columns out, or partition_of.")
	case !m.IgnoredColumns.IsNull():
		return fail("ignored_columns", "Partition %s ignores columns", "A partition declares no columns, so that none has to be ignored.")
	case !boundBeginning.MatchString(m.PartitionOf.Bound.ValueString()):
		return fail("partition_of", "The bound of partition %s is no bound",
			fmt.Sprintf("%q is neither FOR VALUES FROM ... TO ..., FOR VALUES IN ... nor FOR VALUES WITH ..., nor DEFAULT.", m.PartitionOf.Bound.ValueString()))
	}
	return nil
}

// attach names the partitioned table as it is named itself.
func (tableKind) attach(t schema.Table, physical func(schema.QualifiedName) schema.QualifiedName) schema.Table {
	if !t.PartitionOf.IsZero() {
		t.PartitionOf = physical(t.PartitionOf)
	}
	return t
}

// partition lets the server say what the bound of a desired partition means, and
// what its attachment has to do with.
func (a *asker) partition(ctx context.Context, existing, desired *schema.Table) diag.Diagnostics {
	if desired.PartitionOf.IsZero() || existing != nil && existing.PartitionOf == desired.PartitionOf && existing.PartitionBound == desired.PartitionBound {
		return nil
	}
	levels, diags := a.db.levelsAbove(ctx, desired)
	if diags.HasError() {
		return diags
	}
	var bound catalog.PartitionBound
	diags.Append(a.expressions(ctx, "the bound of partition "+desired.ID(), attributePath, func(ctx context.Context, conn *pgx.Conn) (refused []*catalog.ExpressionError, err error) {
		bound, refused, err = catalog.CanonicalizeBound(ctx, conn, levels, desired.Name, desired.PartitionBound)
		for _, e := range refused {
			e.Path = []string{"partition_of", "bound"}
		}
		return refused, err
	})...)
	if bound.Bound != "" {
		desired.PartitionBound = bound.Bound
	}
	desired.Attachment = &schema.Attachment{Parent: levels[0], Condition: bound.Condition, Own: bound.Own, Unprovable: bound.Unprovable || bound.Bound == ""}
	return diags
}

// levelsAbove are the partitioned tables above a partition, the nearest first, as
// they were before this run, with what it adds to them. Plans that depend on them
// are made twice, before and after other partitions of the same run, and have to
// agree.
func (d *database) levelsAbove(ctx context.Context, partition *schema.Table) ([]schema.Table, diag.Diagnostics) {
	var diags diag.Diagnostics
	snapshot, err := d.snapshot(ctx)
	if err != nil {
		return nil, d.report(err)
	}
	initial := d.initialSnapshot()
	at := path.Root("partition_of")
	var levels []schema.Table
	for name := partition.PartitionOf; !name.IsZero(); name = levels[len(levels)-1].PartitionOf {
		level := d.announcements.overlay(initial.Table(name), name)
		if level == nil {
			// Made by this run, in a process that was not asked to plan it.
			level = snapshot.Table(name)
		}
		switch {
		case level == nil:
			diags.AddAttributeError(at, fmt.Sprintf("Table %s does not exist", name),
				fmt.Sprintf("%s is to be a partition of it. If a pgphase_table of this configuration creates it, refer to that resource, so that Terraform creates it first:\n\n"+
					"    partition_of = { table = pgphase_table.<name>.id, ... }", partition.ID()))
			return nil, diags
		case level.PartitionBy == nil:
			diags.AddAttributeError(at, fmt.Sprintf("Table %s is not partitioned", name),
				fmt.Sprintf("%s cannot be a partition of it: it has no partition_by, and PostgreSQL cannot partition a table that is there.", partition.ID()))
			return nil, diags
		case slices.ContainsFunc(levels, func(l schema.Table) bool { return l.Name == level.Name }) || level.Name == partition.Name:
			diags.AddAttributeError(at, fmt.Sprintf("Table %s is a partition of itself", name), "Remove partition_of from one of the tables.")
			return nil, diags
		}
		levels = append(levels, *level)
	}
	return levels, diags
}

// expressible are columns as the expressions of constraints can name them.
func expressible(columns []schema.Column) []schema.Column {
	bare := make([]schema.Column, len(columns))
	for i, c := range columns {
		bare[i] = schema.Column{Name: c.Name, Type: c.Type, Collation: c.Collation, Nullable: true}
	}
	return bare
}

// withoutInherited is a partition without the constraints that it has from above.
func withoutInherited(t schema.Table) schema.Table {
	if t.PrimaryKey != nil && t.PrimaryKey.Inherited {
		t.PrimaryKey = nil
	}
	t.Uniques = slices.DeleteFunc(slices.Clone(t.Uniques), func(k schema.Key) bool { return k.Inherited })
	t.Checks = slices.DeleteFunc(slices.Clone(t.Checks), func(c schema.Check) bool { return c.Inherited })
	t.Exclusions = slices.DeleteFunc(slices.Clone(t.Exclusions), func(e schema.Exclusion) bool { return e.Inherited })
	return t
}

// addInherited is its inverse, with those that the partition has now.
func addInherited(t *schema.Table, now schema.Table) {
	if t.PrimaryKey == nil && now.PrimaryKey != nil && now.PrimaryKey.Inherited {
		t.PrimaryKey = now.PrimaryKey
	}
	t.Uniques = slices.Clone(t.Uniques)
	for _, k := range now.Uniques {
		if k.Inherited && t.Unique(k.Name) == nil {
			t.Uniques = append(t.Uniques, k)
		}
	}
	t.Checks = slices.Clone(t.Checks)
	for _, c := range now.Checks {
		if c.Inherited && t.Check(c.Name) == nil {
			t.Checks = append(t.Checks, c)
		}
	}
	t.Exclusions = slices.Clone(t.Exclusions)
	for _, e := range now.Exclusions {
		if e.Inherited && t.Exclusion(e.Name) == nil {
			t.Exclusions = append(t.Exclusions, e)
		}
	}
}

func mayNotPartition(whole *schema.Table) planner.Finding {
	return planner.Finding{
		Severity: hazard.Error,
		Path:     []string{"partition_of"},
		Summary:  fmt.Sprintf("The role may not attach a partition to %s", whole.Name),
		Detail: fmt.Sprintf("Only its owner may, and the role that the provider connects as is neither %s nor a member of that role.\n\n"+
			"Connect as the owner, or let its owner grant the membership:\n\n    GRANT %s TO <role of the provider>;", whole.Owner, whole.Owner),
	}
}

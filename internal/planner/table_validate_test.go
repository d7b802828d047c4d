// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

func TestValidateTable(t *testing.T) {
	t.Parallel()
	if findings := planner.ValidateTable(usersTable()); len(findings) > 0 {
		t.Fatalf("a good table: %v", findings)
	}
	long := schema.Name(strings.Repeat("x", 64))
	id := []schema.Name{"id"}
	for name, c := range map[string]struct {
		change func(*schema.Table)
		path   string
		want   string
	}{
		"long table":    {func(t *schema.Table) { t.Name.Name = long }, "name", "64 bytes"},
		"empty schema":  {func(t *schema.Table) { t.Name.Schema = "" }, "schema", "is empty"},
		"long column":   {func(t *schema.Table) { t.Columns[1].Name = long; t.Checks = nil }, "columns." + string(long) + ".name", "64 bytes"},
		"same column":   {func(t *schema.Table) { t.Columns[2].Name = "email" }, "columns.email", "declared twice"},
		"system column": {func(t *schema.Table) { t.Columns[2].Name = "ctid" }, "columns.ctid.name", "system column"},
		"same constraint": {
			func(t *schema.Table) { t.Uniques = []schema.Key{{Name: "users_email_check", Columns: id}} },
			"checks.users_email_check", "belongs to two constraints",
		},
		"index like the table": {func(t *schema.Table) { t.Uniques = []schema.Key{{Name: "users", Columns: id}} }, "unique.users.name", "that of the table"},
		"check like the table": {func(t *schema.Table) { t.Checks[0].Name = "users" }, "", ""},
		"nullable key":         {func(t *schema.Table) { t.Columns[0].Identity = nil; t.Columns[0].Nullable = true }, "columns.id.nullable", "primary key"},
		"key column twice":     {func(t *schema.Table) { t.PrimaryKey.Columns = []schema.Name{"id", "id"} }, "primary_key.columns", "twice"},
		"key without columns":  {func(t *schema.Table) { t.PrimaryKey.Columns = nil }, "primary_key.columns", "no columns"},
		"primary key nulls":    {func(t *schema.Table) { t.PrimaryKey.NullsNotDistinct = true }, "primary_key.nulls_not_distinct", "no NULLs"},
		"deferred":             {func(t *schema.Table) { t.PrimaryKey.InitiallyDeferred = true }, "primary_key.deferrable", "has to be deferrable"},
		"key outside the partition key": {func(t *schema.Table) {
			t.PartitionBy = &schema.PartitionKey{Strategy: "list", Keys: []schema.IndexKey{{Column: "plan"}}}
		}, "primary_key.columns", "partition_by"},
		"partitioned by nothing": {func(t *schema.Table) { t.PartitionBy = &schema.PartitionKey{Strategy: "range"} }, "partition_by", "no keys"},
		"partitioned by magic": {func(t *schema.Table) {
			t.PartitionBy = &schema.PartitionKey{Strategy: "magic", Keys: []schema.IndexKey{{Column: "id"}}}
		}, "partition_by", "range, list or hash"},
		"options of a partitioned table": {func(t *schema.Table) { partitioned(t); t.Options = map[string]string{"fillfactor": "70"} }, "options", "holds no rows"},
		"check expression":               {func(t *schema.Table) { t.Checks[0].Expression.Text = "a > (0" }, "checks.users_email_check.expression", "character 5"},
		"exclusion without elements":     {func(t *schema.Table) { t.Exclusions = []schema.Exclusion{{Name: "x"}} }, "exclusions.x.elements", "no elements"},
		"exclusion operator": {func(t *schema.Table) {
			t.Exclusions = []schema.Exclusion{{Name: "x", Elements: []schema.ExclusionElement{{IndexKey: schema.IndexKey{Column: "id"}, Operator: "=) ; DROP"}}}}
		}, "exclusions.x.elements", "nothing opens"},
		"replica identity": {func(t *schema.Table) { t.ReplicaIdentity.Mode = schema.ReplicaIdentityIndex }, "replica_identity", "name of an index"},
		"type":             {func(t *schema.Table) { t.Columns[1].Type = schema.Type{Text: "text NOT NULL"} }, "columns.email.type", "nullable"},
		"default":          {func(t *schema.Table) { t.Columns[1].Default = expr("'x", "") }, "columns.email.default", "not closed"},
		"generated default": {func(t *schema.Table) {
			t.Columns[2].Generated = &schema.Generated{Expression: *expr("email", "")}
		}, "columns.plan.default", "cannot have a default"},
		"identity default":  {func(t *schema.Table) { t.Columns[0].Default = expr("1", "") }, "columns.id.default", "from its sequence"},
		"identity nullable": {func(t *schema.Table) { t.Columns[0].Nullable = true; t.PrimaryKey = nil }, "columns.id.nullable", "NOT NULL"},
		"identity type":     {func(t *schema.Table) { t.Columns[0].Type = text }, "columns.id.type", "smallint, integer or bigint"},
		"identity int2":     {func(t *schema.Table) { t.Columns[0].Type = schema.Type{Text: " INT2 "} }, "", ""},
		"sequence": {func(t *schema.Table) {
			t.Columns[0].Identity.Sequence = schema.SequenceOptions{Start: new(int64(5)), MaxValue: new(int64(4))}
		}, "columns.id.sequence", "greater than max_value"},
		"storage":     {func(t *schema.Table) { t.Columns[1].Storage = "toast" }, "columns.email.storage", "plain"},
		"compression": {func(t *schema.Table) { t.Columns[1].Compression = "zstd" }, "columns.email.compression", "lz4"},
		"statistics":  {func(t *schema.Table) { t.Columns[1].StatisticsTarget = new(10001) }, "columns.email.statistics", "10000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := usersTable()
			c.change(&table)
			findings := planner.ValidateTable(table)
			if c.want == "" {
				if len(findings) > 0 {
					t.Errorf("got %v", findings)
				}
				return
			}
			for _, f := range findings {
				if strings.Join(f.Path, ".") == c.path && contains(f.Detail, c.want) {
					if f.Severity != hazard.Error {
						t.Errorf("it is no error: %v", f)
					}
					return
				}
			}
			t.Errorf("got %+v, want %q at %s", findings, c.want, c.path)
		})
	}
}

func TestPlanTableMissesColumns(t *testing.T) {
	t.Parallel()
	desired := usersTable()
	desired.Uniques = []schema.Key{{Name: "k", Columns: []schema.Name{"elsewhere"}}}
	c := planner.Change{Server: planner.Server{Version: 150000}}
	if plan := planner.PlanTable(c, desired, nil, nil); !plan.Failed() {
		t.Error("a new table cannot have a key on a column that it does not declare")
	}
	prior, observed := usersTable(), usersTable()
	observed.Columns = append(observed.Columns, schema.Column{Name: "elsewhere", Type: text, Nullable: true})
	if plan := planner.PlanTable(c, desired, &prior, &observed); plan.Failed() {
		t.Errorf("a table that is there can have columns of others:\n%s", render(plan))
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func inPublic(name schema.Name) schema.QualifiedName {
	return schema.QualifiedName{Schema: "public", Name: name}
}

// emailIndex is an index of the users table, as desired and as observed.
func emailIndex(changes ...func(*schema.Index)) schema.Index {
	index := schema.Index{
		Name: inPublic("users_email_idx"), Table: users, Method: "btree",
		Keys: []schema.IndexKey{{Column: "email"}}, Columns: []schema.Name{"email"},
		Definition: "CREATE INDEX users_email_idx ON public.users USING btree (email)",
	}
	for _, change := range changes {
		change(&index)
	}
	return index
}

func named(name schema.Name) func(*schema.Index) {
	return func(i *schema.Index) { i.Name.Name = name }
}

func invalid(i *schema.Index) { i.Invalid = true }
func unique(i *schema.Index)  { i.Unique = true }
func onLower(i *schema.Index) {
	i.Keys = []schema.IndexKey{{Expression: expr("lower(email)", schema.Immutable)}}
}
func withID(i *schema.Index)     { i.Keys = []schema.IndexKey{{Column: "id"}, {Column: "email"}} }
func fastupdate(i *schema.Index) { i.Options = map[string]string{"fastupdate": "off"} }
func fillfactor(i *schema.Index) { i.Options = map[string]string{"fillfactor": "70"} }
func onFast(i *schema.Index)     { i.Tablespace = "fast" }
func commented(i *schema.Index)  { i.Comment = "it's for logins" }
func attachedTo(parent schema.Name) func(*schema.Index) {
	return func(i *schema.Index) { i.Parent = inPublic(parent) }
}

// newName and oldName are the halves of an interrupted replacement.
var (
	newName = schema.DerivedName("new", "public", "users_email_idx")
	oldName = schema.DerivedName("old", "public", "users_email_idx")
)

type indexCase struct {
	name    string
	version int // server_version_num; 150000 where it is 0
	before  func(*schema.Table)
	// there are the indexes of the table besides that of the primary key.
	there []schema.Index
	// desired is nil for a drop; observed is the name in the state, or "".
	desired  *schema.Index
	observed schema.Name
	phase    schema.Phase
	refused  bool
}

// retains makes a transition from email to mail, which is open.
func retains(t *schema.Table) {
	t.Transitions = []schema.OpenTransition{{
		Name: "pgphase_t", Kind: schema.ColumnReplaced, Table: users, Phase: schema.Expand,
		Old: []schema.Name{"email"}, New: []schema.Name{"plan"},
	}}
}

func ofPlan(i *schema.Index) {
	i.Keys, i.Columns = []schema.IndexKey{{Column: "plan"}}, []schema.Name{"plan"}
}

// partsOf gives each partition of the users table an index.
func partsOf(table *schema.Table, index func(partition schema.QualifiedName) *schema.Index) {
	for i := range table.Partitions {
		p := &table.Partitions[i]
		if built := index(p.Name); built != nil {
			p.Indexes = append(p.Indexes, *built)
		}
		for j := range p.Partitions {
			if built := index(p.Partitions[j].Name); built != nil {
				p.Partitions[j].Indexes = append(p.Partitions[j].Indexes, *built)
			}
		}
	}
}

func want(changes ...func(*schema.Index)) *schema.Index { return new(emailIndex(changes...)) }

var indexCases = []indexCase{
	{name: "create", desired: want(commented, fillfactor, onFast, func(i *schema.Index) {
		i.Keys = append(i.Keys, schema.IndexKey{
			Expression: expr("lower(plan)", schema.Immutable),
			Collation:  schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, OperatorClass: schema.QualifiedName{Schema: "pg_catalog", Name: "text_pattern_ops"},
			Descending: true, NullsFirst: new(false),
		})
		i.Include = []schema.Name{"id"}
		i.Where = expr("plan <> 'free'", schema.Immutable)
	})},
	{name: "create-unique", desired: want(unique, func(i *schema.Index) { i.NullsNotDistinct = true })},
	{name: "create-hash", desired: want(func(i *schema.Index) { i.Method = "hash" })},
	{name: "create-redundant", there: []schema.Index{emailIndex(named("other"))}, desired: want()},
	{name: "nulls-not-distinct-14", version: 140020, desired: want(unique, func(i *schema.Index) { i.NullsNotDistinct = true }), refused: true},
	{name: "nulls-not-distinct-not-unique", desired: want(func(i *schema.Index) { i.NullsNotDistinct = true }), refused: true},
	{name: "corrupting-release", version: 140003, desired: want(), refused: true},
	{name: "name-too-long", desired: want(named("an_index_name_that_postgresql_would_cut_as_it_has_more_than_63_bytes")), refused: true},
	{name: "taken-over", there: []schema.Index{emailIndex()}, desired: want(commented)},
	{name: "taken-by-another", there: []schema.Index{emailIndex(unique)}, desired: want(), refused: true},
	{name: "taken-by-constraint", desired: want(named("users_pkey")), refused: true},
	{name: "interrupted-build", there: []schema.Index{emailIndex(invalid)}, desired: want()},
	{name: "interrupted-build-of-another", there: []schema.Index{emailIndex(invalid, unique)}, desired: want()},
	{name: "invalid", there: []schema.Index{emailIndex(invalid)}, desired: want(), observed: "users_email_idx"},
	{name: "replace", there: []schema.Index{emailIndex(func(i *schema.Index) { i.Clustered = true })}, desired: want(onLower, commented), observed: "users_email_idx"},
	{name: "replace-and-rename", there: []schema.Index{emailIndex()}, desired: want(onLower, named("logins")), observed: "users_email_idx"},
	{name: "replace-built", there: []schema.Index{emailIndex(), emailIndex(onLower, named(newName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "replace-half-built", there: []schema.Index{emailIndex(), emailIndex(onLower, invalid, named(newName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "replace-built-for-another-wish", there: []schema.Index{emailIndex(), emailIndex(withID, named(newName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "replace-swapped", there: []schema.Index{emailIndex(onLower), emailIndex(named(oldName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "replace-given-up", there: []schema.Index{emailIndex(), emailIndex(onLower, named(newName))}, desired: want(), observed: "users_email_idx"},
	{name: "phase/expand", phase: schema.Expand, there: []schema.Index{emailIndex()}, desired: want(onLower, commented), observed: "users_email_idx"},
	{name: "phase/expand-built", phase: schema.Expand, there: []schema.Index{emailIndex(), emailIndex(onLower, fillfactor, named(newName))}, desired: want(onLower, commented), observed: "users_email_idx"},
	{name: "phase/migrate", phase: schema.Migrate, there: []schema.Index{emailIndex(func(i *schema.Index) { i.Clustered = true }), emailIndex(onLower, named(newName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "phase/migrate-adjusts", phase: schema.Migrate, there: []schema.Index{emailIndex(onLower), emailIndex(named(oldName))}, desired: want(onLower, commented), observed: "users_email_idx"},
	{name: "phase/contract", phase: schema.Contract, there: []schema.Index{emailIndex(onLower), emailIndex(named(oldName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "phase/contract-migrates-first", phase: schema.Contract, there: []schema.Index{emailIndex(), emailIndex(onLower, named(newName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "phase/contract-not-expanded", phase: schema.Contract, refused: true, there: []schema.Index{emailIndex()}, desired: want(onLower), observed: "users_email_idx"},
	{name: "phase/contract-half-expanded", phase: schema.Contract, refused: true, there: []schema.Index{emailIndex(), emailIndex(onLower, invalid, named(newName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "phase/back-to-expand", phase: schema.Expand, there: []schema.Index{emailIndex(onLower, func(i *schema.Index) { i.Clustered = true }), emailIndex(named(oldName))}, desired: want(onLower), observed: "users_email_idx"},
	{name: "phase/taken-back", phase: schema.Migrate, there: []schema.Index{emailIndex(onLower), emailIndex(commented, named(oldName))}, desired: want(), observed: "users_email_idx"},
	{name: "phase/third-definition", phase: schema.Expand, refused: true, there: []schema.Index{emailIndex(onLower), emailIndex(named(oldName))}, desired: want(withID), observed: "users_email_idx"},
	{name: "phase/third-definition-at-once", there: []schema.Index{emailIndex(onLower), emailIndex(named(oldName))}, desired: want(withID), observed: "users_email_idx"},
	{name: "phase/and-rename", phase: schema.Expand, refused: true, there: []schema.Index{emailIndex()}, desired: want(onLower, named("logins")), observed: "users_email_idx"},
	{name: "phase/rename-while-open", refused: true, there: []schema.Index{emailIndex(), emailIndex(onLower, named(newName))}, desired: want(onLower, named("logins")), observed: "users_email_idx"},
	{name: "phase/of-a-new-index", phase: schema.Expand, desired: want()},
	{name: "phase/left-without-its-name", phase: schema.Migrate, there: []schema.Index{emailIndex(onLower, named(newName)), emailIndex(named(oldName))}, desired: want(onLower)},
	{name: "phase/retained-unset", before: retains, refused: true, there: []schema.Index{emailIndex()}, desired: want(ofPlan), observed: "users_email_idx"},
	{name: "phase/retained-migrate", before: retains, phase: schema.Migrate, there: []schema.Index{emailIndex()}, desired: want(ofPlan), observed: "users_email_idx"},
	{name: "phase/retained-contract", before: retains, phase: schema.Contract, refused: true, there: []schema.Index{emailIndex(ofPlan), emailIndex(named(oldName))}, desired: want(ofPlan), observed: "users_email_idx"},
	{name: "phase/retained-still-named", before: retains, there: []schema.Index{emailIndex()}, desired: want(withID), observed: "users_email_idx"},
	{name: "rename", there: []schema.Index{emailIndex()}, desired: want(named("logins")), observed: "users_email_idx"},
	{name: "rename-to-a-taken-name", there: []schema.Index{emailIndex(), emailIndex(named("logins"))}, desired: want(named("logins")), observed: "users_email_idx", refused: true},
	{name: "options-weak", there: []schema.Index{emailIndex()}, desired: want(fillfactor), observed: "users_email_idx"},
	{name: "options-strong", there: []schema.Index{emailIndex(fillfactor)}, desired: want(fastupdate), observed: "users_email_idx"},
	{name: "tablespace", there: []schema.Index{emailIndex(), emailIndex(invalid, named("users_email_idx_ccnew"))}, desired: want(onFast), observed: "users_email_idx"},
	{name: "comment-removed", there: []schema.Index{emailIndex(commented)}, desired: want(), observed: "users_email_idx"},
	{name: "of-a-constraint", desired: want(named("users_pkey"), onLower), observed: "users_pkey", refused: true},
	{name: "of-a-partition", there: []schema.Index{emailIndex(attachedTo("parent_idx"))}, desired: want(onLower), observed: "users_email_idx", refused: true},
	{name: "replica-identity", there: []schema.Index{emailIndex(unique, func(i *schema.Index) { i.ReplicaIdentity = true })}, desired: want(onLower), observed: "users_email_idx", refused: true},
	{name: "referenced", before: func(t *schema.Table) {
		t.ReferencedBy = []schema.ForeignKey{{Table: inPublic("logins"), Name: "logins_email_fkey", Columns: []schema.Name{"email"}, References: users, ReferencedColumns: []schema.Name{"email"}}}
	}, there: []schema.Index{emailIndex(unique)}, desired: want(onLower), observed: "users_email_idx", refused: true},
	{name: "drop", there: []schema.Index{emailIndex(), emailIndex(invalid, named(newName))}, observed: "users_email_idx"},
	{name: "drop-of-a-constraint", observed: "users_pkey", refused: true},
	{name: "drop-replica-identity", there: []schema.Index{emailIndex(unique, func(i *schema.Index) { i.ReplicaIdentity = true })}, observed: "users_email_idx", refused: true},
	{name: "drop-referenced-by-two-indexes", before: func(t *schema.Table) {
		t.ReferencedBy = []schema.ForeignKey{{Table: inPublic("logins"), Name: "logins_email_fkey", Columns: []schema.Name{"email"}, References: users, ReferencedColumns: []schema.Name{"email"}}}
	}, there: []schema.Index{emailIndex(unique), emailIndex(unique, named("twin"))}, observed: "users_email_idx"},

	{name: "partitioned/create", before: partitioned, desired: want(commented)},
	{name: "partitioned/unique-without-partition-key", before: partitioned, desired: want(unique), refused: true},
	{name: "partitioned/unique-by-expression", before: all(partitioned, func(t *schema.Table) {
		t.PartitionBy.Keys = []schema.IndexKey{{Expression: expr("lower(email)", schema.Immutable)}}
	}), desired: want(unique), refused: true},
	{name: "partitioned/unique", before: partitioned, desired: want(unique, withID)},
	{name: "partitioned/interrupted", before: all(partitioned, func(t *schema.Table) {
		partsOf(t, func(p schema.QualifiedName) *schema.Index {
			switch p.Name {
			case "users_0":
				return new(emailIndex(named("a"), attachedTo("users_email_idx")))
			case "users_1_all":
				return new(emailIndex(named(schema.DerivedName("part", "public", "users_1_all", "users_email_idx")), invalid))
			}
			return nil
		})
	}), there: []schema.Index{emailIndex(invalid)}, desired: want()},
	{name: "partitioned/adopts-own-index", before: all(partitioned, func(t *schema.Table) {
		partsOf(t, func(p schema.QualifiedName) *schema.Index { return new(emailIndex(named(p.Name + "_own"))) })
	}), desired: want()},
	{name: "partitioned/pending-detach", before: all(partitioned, func(t *schema.Table) { t.Partitions[0].DetachPending = true }), desired: want()},
	{name: "partitioned/replace", before: all(partitioned, func(t *schema.Table) {
		partsOf(t, func(p schema.QualifiedName) *schema.Index {
			return new(emailIndex(named(schema.DerivedName("part", "public", p.Name, "users_email_idx")), attachedTo("users_email_idx")))
		})
	}), there: []schema.Index{emailIndex()}, desired: want(withID, commented), observed: "users_email_idx"},
	{name: "partitioned/phase-expand-half-built", phase: schema.Expand, before: all(partitioned, func(t *schema.Table) {
		partsOf(t, func(p schema.QualifiedName) *schema.Index {
			if p.Name != "users_0" {
				return nil
			}
			return new(emailIndex(withID, named("users_0_part"), attachedTo(newName)))
		})
	}), there: []schema.Index{emailIndex(), emailIndex(withID, invalid, named(newName))}, desired: want(withID), observed: "users_email_idx"},
	{name: "partitioned/phase-migrate", phase: schema.Migrate, before: partitioned, there: []schema.Index{emailIndex(), emailIndex(withID, named(newName))}, desired: want(withID), observed: "users_email_idx"},
	{name: "partitioned/phase-contract", phase: schema.Contract, before: partitioned, there: []schema.Index{emailIndex(withID), emailIndex(named(oldName))}, desired: want(withID), observed: "users_email_idx"},
	{name: "partitioned/phase-taken-back", before: partitioned, there: []schema.Index{emailIndex(withID), emailIndex(named(oldName))}, desired: want(), observed: "users_email_idx"},
	{name: "partitioned/replace-given-up", before: all(partitioned, func(t *schema.Table) {
		partsOf(t, func(p schema.QualifiedName) *schema.Index {
			return new(emailIndex(withID, named(schema.DerivedName("part2", "public", p.Name, "users_email_idx"))))
		})
	}), there: []schema.Index{emailIndex(), emailIndex(withID, invalid, named(newName))}, desired: want(), observed: "users_email_idx"},
	{name: "partitioned/options", before: partitioned, there: []schema.Index{emailIndex()}, desired: want(fillfactor), observed: "users_email_idx"},
	{name: "partitioned/rename", before: partitioned, there: []schema.Index{emailIndex()}, desired: want(named("logins")), observed: "users_email_idx"},
	{name: "partitioned/drop", before: partitioned, there: []schema.Index{emailIndex()}, observed: "users_email_idx"},
}

func (c indexCase) plan() planner.Plan {
	table := usersTable()
	if c.before != nil {
		c.before(&table)
	}
	table.Indexes = append(table.Indexes, c.there...)
	version := c.version
	if version == 0 {
		version = 150000
	}
	change := planner.Change{Server: planner.Server{Version: version}, Phase: c.phase}
	var observed *schema.Index
	if c.observed != "" {
		observed = table.Index(c.observed)
	}
	if c.desired == nil {
		return planner.PlanIndexDrop(change, table, *observed)
	}
	return planner.PlanIndex(change, table, *c.desired, observed)
}

func TestPlanIndex(t *testing.T) {
	t.Parallel()
	for _, c := range indexCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := c.plan()
			golden(t, "index/"+c.name, plan)
			checkOperations(t, plan.Operations)
			if plan.Failed() != c.refused {
				t.Errorf("failed is %t", plan.Failed())
			}
			if c.refused != (len(plan.Operations) == 0) {
				t.Errorf("%d operations", len(plan.Operations))
			}
			if diff := cmp.Diff(plan, c.plan()); diff != "" {
				t.Errorf("planned twice: %s", diff)
			}
		})
	}
}

// An index that is as desired needs nothing, on an ordinary and on a
// partitioned table.
func TestPlanIndexWithoutChange(t *testing.T) {
	t.Parallel()
	for _, before := range []func(*schema.Table){func(*schema.Table) {}, partitioned} {
		for _, c := range indexCases {
			if c.desired == nil || c.refused {
				continue
			}
			table := usersTable()
			before(&table)
			table.Indexes = append(table.Indexes, *c.desired)
			plan := planner.PlanIndex(planner.Change{Server: planner.Server{Version: 180000}}, table, *c.desired, c.desired)
			if before != nil && plan.Failed() {
				continue // unique, without the partition key
			}
			if len(plan.Operations) > 0 {
				t.Errorf("%s: %s", c.name, render(plan))
			}
		}
	}
}

// Defaults may be written or left out.
func TestPlanIndexKnowsDefaults(t *testing.T) {
	t.Parallel()
	table := usersTable()
	observed := emailIndex()
	table.Indexes = append(table.Indexes, observed)
	desired := emailIndex(func(i *schema.Index) {
		i.Method, i.Tablespace = "", "pg_default"
		i.Keys = []schema.IndexKey{{Column: "email", NullsFirst: new(false)}}
	})
	plan := planner.PlanIndex(planner.Change{Server: planner.Server{Version: 150000}}, table, desired, &observed)
	if len(plan.Operations) > 0 || len(plan.Findings) > 0 {
		t.Error(render(plan))
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// placement is the change of a table that becomes a partition, or stops to be
// one.
type placement struct {
	change   Change
	desired  schema.Table
	observed schema.Table
}

// attaches and detaches report what is to be done.
func (p placement) attaches() bool {
	return !p.desired.PartitionOf.IsZero() && p.observed.PartitionOf.IsZero()
}

func (p placement) detaches() bool {
	return p.desired.PartitionOf.IsZero() && !p.observed.PartitionOf.IsZero()
}

// findings are refusals: nothing can be planned.
func (p placement) findings() []Finding {
	o, d := p.observed, p.desired
	fail := func(path []string, summary, detail string) []Finding {
		return []Finding{refusal(path, summary, detail)}
	}
	switch {
	case (p.attaches() || p.detaches()) && len(o.Transitions) > 0:
		return fail([]string{"partition_of"}, fmt.Sprintf("Cannot change what %s is a partition of", o.Name),
			"A transition of the table is open. Contract it first, or take it back.")
	case p.attaches() && d.Attachment == nil:
		return fail([]string{"partition_of"}, fmt.Sprintf("%s is not attached any more", o.Name),
			fmt.Sprintf("It was a partition of %s when the change began, and somebody else has detached it since. Plan again.", d.PartitionOf))
	case p.attaches():
		return p.misfits()
	case d.PartitionOf.IsZero() || o.PartitionOf.IsZero():
		return nil
	case o.DetachPending:
		return fail([]string{"partition_of"}, fmt.Sprintf("Partition %s is half detached", o.Name),
			"A concurrent detach was interrupted, and new queries do not see its rows any more. Only its end is possible: remove partition_of to have this "+
				"plan finish it, or run\n"+indented(ddl.FinalizeDetach(o.PartitionOf, o.Name))+"\n\nAfterwards it can be attached again.")
	case d.PartitionOf != o.PartitionOf:
		return fail([]string{"partition_of", "table"}, fmt.Sprintf("Cannot make %s a partition of another table at once", o.Name),
			fmt.Sprintf("It is a partition of %s. Remove partition_of and apply, which detaches it; then attach it to %s in a change of its own.", o.PartitionOf, d.PartitionOf))
	case d.PartitionBound != o.PartitionBound:
		return fail([]string{"partition_of", "bound"}, fmt.Sprintf("Cannot change the bound of partition %s", o.Name),
			fmt.Sprintf("It is %s. PostgreSQL can only detach a partition and attach it with another bound, and in between its rows are missing in %s.\n\n"+
				"Where that is acceptable, remove partition_of and apply, which detaches it, and attach it with the new bound in a change of its own.",
				o.PartitionBound, o.PartitionOf))
	}
	return nil
}

// create plans a new partition. Nobody can use the table before it is attached,
// and CREATE TABLE ... PARTITION OF would take ACCESS EXCLUSIVE on the whole.
func (p placement) create(table Operation) Plan {
	plan := p.guardDefault()
	attach, findings := p.attachment()
	table.Statements = append(table.Statements, attach.Statements...)
	table.Locks, table.Hazards = attach.Locks, attach.Hazards
	table.Effect.Scans = attach.Effect.Scans
	plan.Operations = append(plan.Operations, table)
	return plan.with(Plan{Findings: findings, Ties: []schema.QualifiedName{p.desired.PartitionOf}})
}

// attach plans the attachment of a table that is there, and that may hold rows: a
// check proves first that all of them belong into it, and the indexes that the
// whole has are built beforehand. ATTACH PARTITION would do both under ACCESS
// EXCLUSIVE.
func (p placement) attach(table schema.Table) Plan {
	condition := p.desired.Attachment.Condition
	helper := p.helper()
	var plan Plan
	if condition != "" {
		wanted := schema.Check{Name: helper, Expression: schema.Expression{Text: condition, Canonical: condition}}
		there := table.Check(helper)
		if there == nil {
			plan.Operations = append(plan.Operations, alterTable(table, []hazard.ID{hazard.NotValidBlocksLegacyUpdates},
				ddl.AddConstraintNotValid(table.Name, ddl.CheckConstraint(wanted))))
		}
		if there == nil || there.NotValid {
			plan.Operations = append(plan.Operations, validateCheck(table, helper))
			plan.Probes = append(plan.Probes, p.strangers(table.Name, "NOT ("+condition+")",
				fmt.Sprintf("Rows of %s do not belong into the bound: VALIDATE would fail (23514). Move them first, or choose another bound.", table.Name)))
		}
	}
	plan = plan.with(p.indexes(table)).with(p.foreignKeys(table)).with(p.guardDefault())
	attach, findings := p.attachment()
	attach.Locks = append([]Lock{{Mode: schema.AccessExclusive, Table: table.Name, Partitions: table.Partitioned()}}, attach.Locks...)
	if condition != "" {
		attach.Statements = append(attach.Statements, ddl.DropConstraint(table.Name, helper))
	}
	if p.desired.Attachment.Unprovable {
		attach.Effect.Scans = true
		attach.Hazards = hazards(append(attach.Hazards, hazard.PartitionAttachScan)...)
		findings = append(findings, Finding{
			Hazard: hazard.PartitionAttachScan, Severity: hazard.Warning, Path: []string{"partition_of"},
			Summary: fmt.Sprintf("Attaching %s scans it under ACCESS EXCLUSIVE", table.Name),
			Detail: "No check can repeat the condition of a partition by hash, so PostgreSQL reads every row while the table can neither be read nor written. " +
				"Attach it when it is empty or not in use.",
		})
	}
	plan.Operations = append(plan.Operations, attach)
	return plan.with(Plan{Findings: findings, Ties: []schema.QualifiedName{p.desired.PartitionOf}})
}

// helper names the check that proves the bound; another bound has another one.
func (p placement) helper() schema.Name {
	return p.derived("bound")
}

// derived names a helper after the table, and by a hash after the bound and what
// it is a bound of.
func (p placement) derived(kind string) schema.Name {
	hash := fnv.New32a()
	fmt.Fprintf(hash, "%s %s", p.desired.PartitionOf, p.desired.PartitionBound)
	return schema.DerivedName(kind, p.desired.Name.Schema, p.desired.Name.Name, schema.Name(strconv.FormatUint(uint64(hash.Sum32()), 36)))
}

var boundHelper = regexp.MustCompile(`^pgphase_.*_bound_[0-9a-f]{8}$`)

// leftovers drops the checks of attachments that were begun and given up.
func (p placement) leftovers(table schema.Table) Plan {
	var plan Plan
	for _, check := range table.Checks {
		if boundHelper.MatchString(string(check.Name)) && !check.Inherited && (!p.attaches() || check.Name != p.helper()) && p.desired.Check(check.Name) == nil {
			plan.Operations = append(plan.Operations, alterTable(table, nil, ddl.DropConstraint(table.Name, check.Name)))
		}
	}
	return plan
}

// defaultPartition is that of the whole, or nil.
func (p placement) defaultPartition() *schema.Partition {
	partitions := p.desired.Attachment.Parent.Partitions
	i := slices.IndexFunc(partitions, func(s schema.Partition) bool { return s.Bound == "DEFAULT" && s.Name != p.desired.Name })
	if i < 0 {
		return nil
	}
	return &partitions[i]
}

// outside names the check by which the default partition proves that it has no
// rows of the new one.
func (p placement) outside() schema.Name {
	return p.derived("outside")
}

// provesDefault reports whether such a check is possible.
func (p placement) provesDefault() bool {
	return p.defaultPartition() != nil && p.desired.Attachment.Own != ""
}

// guardDefault proves that the default partition has no rows that belong into
// the new one: ATTACH PARTITION would look for them under ACCESS EXCLUSIVE.
func (p placement) guardDefault() Plan {
	if !p.provesDefault() {
		return Plan{}
	}
	partition := p.defaultPartition()
	table := schema.Table{Name: partition.Name, Partitions: partition.Partitions}
	if partition.Partitioned {
		table.PartitionBy = &schema.PartitionKey{}
	}
	own := p.desired.Attachment.Own
	name := p.outside()
	wanted := schema.Check{Name: name, Expression: schema.Expression{Text: "NOT " + own}}
	guard := alterTable(table, []hazard.ID{hazard.PartitionAttachDefaultScan}, ddl.AddConstraintNotValid(table.Name, ddl.CheckConstraint(wanted)))
	plan := Plan{
		Probes: []Probe{p.strangers(table.Name, own, fmt.Sprintf("The default partition %s has rows that belong into %s, and PostgreSQL refuses the attachment as long as it "+
			"does (23514). Move them into the table before it is attached.", table.Name, p.desired.Name))},
		Findings: []Finding{{
			Hazard: hazard.PartitionAttachDefaultScan, Severity: hazard.Warning, Path: []string{"partition_of"},
			Summary: fmt.Sprintf("Until %s is attached, its rows are refused", p.desired.Name),
			Detail: fmt.Sprintf("A check proves first that the default partition %s has no rows that belong into the new one, without a scan under a strong lock. From then "+
				"until the attachment such rows can be written nowhere (23514): as long as the default partition takes to be read.", table.Name),
		}},
	}
	switch there := checkNamed(partition.Checks, name); {
	case there == nil:
		plan.Operations = []Operation{guard, validateCheck(table, name)}
	case there.NotValid:
		plan.Operations = []Operation{validateCheck(table, name)}
	}
	return plan
}

func checkNamed(checks []schema.Check, name schema.Name) *schema.Check {
	return (&schema.Table{Checks: checks}).Check(name)
}

// strangers asks for rows on the wrong side of the bound.
func (p placement) strangers(table schema.QualifiedName, condition, detail string) Probe {
	return Probe{
		Finding: Finding{
			Hazard: hazard.CheckAddFailsOnRows, Severity: hazard.Error, Path: []string{"partition_of", "bound"},
			Summary: fmt.Sprintf("Cannot attach %s to %s", p.desired.Name, p.desired.PartitionOf), Detail: detail,
		},
		Query: rowsWhere(schema.Table{Name: table}, condition),
	}
}

// attachment is the step that attaches the table.
func (p placement) attachment() (Operation, []Finding) {
	parent := p.desired.Attachment.Parent
	o := Operation{
		Class:      Brief,
		Statements: []string{ddl.AttachPartition(p.desired.PartitionOf, p.desired.Name, p.desired.PartitionBound)},
	}
	lock := func(mode schema.LockMode, table schema.QualifiedName, partitions bool) {
		if table != parent.Name && !slices.ContainsFunc(o.Locks, func(l Lock) bool { return l.Table == table }) {
			o.Locks = append(o.Locks, Lock{Mode: mode, Table: table, Partitions: partitions})
		}
	}
	var findings []Finding
	if other := p.defaultPartition(); other != nil {
		lock(schema.AccessExclusive, other.Name, other.Partitioned)
		if p.provesDefault() {
			o.Statements = append(o.Statements, ddl.DropConstraint(other.Name, p.outside()))
		} else {
			o.Effect.Scans = true
			o.Hazards = []hazard.ID{hazard.PartitionAttachDefaultScan}
			findings = append(findings, Finding{
				Hazard: hazard.PartitionAttachDefaultScan, Severity: hazard.Warning, Path: []string{"partition_of"},
				Summary: fmt.Sprintf("Attaching %s scans %s under ACCESS EXCLUSIVE", p.desired.Name, other.Name),
				Detail:  "PostgreSQL looks in the default partition for rows that belong into the new one, and nobody can read or write it meanwhile.",
			})
		}
	}
	created := p.observed.Name.IsZero()
	for _, fk := range parent.ForeignKeys {
		mode := schema.ShareRowExclusive
		switch {
		case created:
		case fk.References == parent.Name:
			o.Effect.Scans = true
		default:
			// Its own is adopted: the triggers of the referenced table go.
			mode = schema.AccessExclusive
			o.Hazards = append(o.Hazards, hazard.ForeignKeyAdoptPartitionLocksReferenced)
		}
		lock(mode, fk.References, false)
	}
	if p.change.Server.Major() >= 15 {
		for _, fk := range parent.ReferencedBy {
			lock(schema.ShareRowExclusive, fk.Table, false)
		}
	}
	slices.SortStableFunc(o.Locks, func(a, b Lock) int { return int(b.Mode) - int(a.Mode) })
	o.Locks = append(o.Locks, Lock{Mode: schema.ShareUpdateExclusive, Table: parent.Name})
	o.Hazards = hazards(o.Hazards...)
	return o, findings
}

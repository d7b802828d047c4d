// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// indexFindings are the errors that follow from the wanted index alone.
func indexFindings(c Change, table schema.Table, desired schema.Index) []Finding {
	var findings []Finding
	fail := func(id hazard.ID, path []string, detail string) {
		findings = append(findings, refused(id, path, "Cannot create index "+desired.Name.String(), detail))
	}
	if err := desired.Name.Name.Validate(); err != nil {
		fail(nameHazard(desired.Name.Name), []string{"name"}, "The name "+err.Error()+".")
	}
	if corruptsConcurrently(c.Server) {
		fail(hazard.IndexConcurrentCorruptionPG14, nil, concurrentCorruptionDetail(c.Server))
	}
	if desired.NullsNotDistinct {
		switch {
		case c.Server.Major() < 15:
			fail("", []string{"nulls_not_distinct"}, needsVersion("NULLS NOT DISTINCT", 15, c.Server))
		case !desired.Unique:
			fail("", []string{"nulls_not_distinct"}, "NULLS NOT DISTINCT says when two rows are duplicates, so it needs unique = true.")
		}
	}
	if table.Partitioned() && desired.Unique {
		if detail := uniqueNeedsPartitionKey(table, columnKeys(desired)); detail != "" {
			fail("", []string{"keys"}, detail)
		}
	}
	return findings
}

// indexAdvice is what is said of an index once, when it is built.
func indexAdvice(table schema.Table, desired schema.Index) []Finding {
	var findings []Finding
	if desired.Method == "hash" {
		findings = append(findings, Finding{
			Hazard: hazard.IndexHashDiscouraged, Severity: hazard.Info, Path: []string{"method"},
			Summary: "Index " + desired.Name.String() + " uses the hash method",
			Detail:  "A hash index can be neither unique nor of several columns, and gives no order. btree does all of that and is rarely slower.",
		})
	}
	if other := redundantWith(table, desired); other != nil {
		findings = append(findings, Finding{
			Hazard: hazard.IndexRedundantOrTooMany, Severity: hazard.Info, Path: []string{"keys"},
			Summary: "Index " + desired.Name.String() + " repeats another one",
			Detail: fmt.Sprintf("Index %s is defined the same. Each write pays for both, and no query needs more than one: leave this one out, or drop the other.",
				other.Name),
		})
	}
	return findings
}

// redundantWith returns a valid index that is defined the same under another
// name, apart from the halves of a replacement.
func redundantWith(table schema.Table, desired schema.Index) *schema.Index {
	own := []schema.Name{desired.Name.Name, halfName("new", desired.Name.Schema, desired.Name.Name), halfName("old", desired.Name.Schema, desired.Name.Name)}
	for i, other := range table.Indexes {
		if !other.Invalid && !slices.Contains(own, other.Name.Name) && sameIndex(desired, other) {
			return &table.Indexes[i]
		}
	}
	return nil
}

// corruptsConcurrently reports the releases whose concurrent builds can miss
// rows (release notes of 14.4).
func corruptsConcurrently(s Server) bool { return s.Version >= 140000 && s.Version < 140004 }

func concurrentCorruptionDetail(s Server) string {
	return fmt.Sprintf("The server is PostgreSQL %d.%d. On 14.0 to 14.3 an index that is built CONCURRENTLY can silently miss rows "+
		"(release notes of 14.4). Update the server to 14.4 or later first.", s.Major(), s.Version%10000)
}

func needsVersion(what string, major int, s Server) string {
	return fmt.Sprintf("%s needs PostgreSQL %d or later; the server is PostgreSQL %d.", what, major, s.Major())
}

// ownedElsewhere reports an index that is not an object of its own.
func ownedElsewhere(observed schema.Index, verb string) []Finding {
	switch {
	case observed.Constraint != "":
		return []Finding{refused(hazard.IndexDropBlockedByConstraint, nil, fmt.Sprintf("Cannot %s index %s", verb, observed.Name),
			fmt.Sprintf("The index backs the constraint %s of %s; PostgreSQL refuses to drop the one without the other.\n\n"+
				"Declare the constraint in the pgphase_table resource (primary_key, unique or exclusions) instead, and remove this resource from the state:\n\n"+
				"  terraform state rm <address of this resource>", observed.Constraint, observed.Table))}
	case !observed.Parent.IsZero():
		return []Finding{refused(hazard.IndexDropBlockedByConstraint, nil, fmt.Sprintf("Cannot %s index %s", verb, observed.Name),
			fmt.Sprintf("The index is attached to %s, the index of the partitioned table, and lives and dies with it. "+
				"Change that one instead.", observed.Parent))}
	}
	return nil
}

// neededElsewhere reports what would break without the index although
// PostgreSQL lets it go, or what would make the apply fail.
func neededElsewhere(table schema.Table, observed schema.Index, verb string) []Finding {
	summary := fmt.Sprintf("Cannot %s index %s", verb, observed.Name)
	if observed.ReplicaIdentity {
		return []Finding{refused(hazard.IndexDropReplicaIdentity, nil, summary,
			fmt.Sprintf("The index is the replica identity of %s. PostgreSQL would drop it without a word, and then refuse each "+
				"UPDATE and DELETE of a published table.\n\nGive the table another replica identity first, as replica_identity of its resource or by hand:\n\n"+
				"  ALTER TABLE %s REPLICA IDENTITY DEFAULT", table.Name, table.Name))}
	}
	if references := foreignKeysOn(table, observed); len(references) > 0 {
		return []Finding{refused(hazard.IndexDropBlockedByConstraint, nil, summary,
			"Foreign keys rely on the uniqueness that only this index gives:\n\n"+list(references)+
				"\n\nDrop them first, or add a unique constraint on the same columns for them.")}
	}
	return nil
}

// foreignKeysOn returns the foreign keys that can only rely on this index: a
// plain unique one whose columns no other unique index has.
func foreignKeysOn(table schema.Table, index schema.Index) []string {
	columns, suits := referencableColumns(index)
	if !suits {
		return nil
	}
	for _, other := range table.Indexes {
		if otherColumns, suits := referencableColumns(other); suits && other.Name != index.Name && sameNames(columns, otherColumns) {
			return nil
		}
	}
	return foreignKeysTo(table, columns)
}

// foreignKeysTo lists the foreign keys that reference these columns, in any
// order.
func foreignKeysTo(table schema.Table, columns []schema.Name) []string {
	var found []string
	for _, fk := range table.ReferencedBy {
		if !fk.Inherited && sameNames(fk.ReferencedColumns, columns) {
			found = append(found, fmt.Sprintf("%s of %s", fk.Name, fk.Table))
		}
	}
	slices.Sort(found)
	return found
}

// referencableColumns returns the columns that a foreign key may reference by
// the index: it is unique, valid, without predicate and expressions.
func referencableColumns(index schema.Index) ([]schema.Name, bool) {
	if !index.Unique || index.Invalid || index.Where != nil {
		return nil, false
	}
	var columns []schema.Name
	for _, key := range index.Keys {
		if key.Expression != nil {
			return nil, false
		}
		columns = append(columns, key.Column)
	}
	return columns, true
}

// sameNames compares two sets of names.
func sameNames(a, b []schema.Name) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// nameTaken reports an index of the wanted name that is something else.
func nameTaken(desired, existing schema.Index) Finding {
	detail := fmt.Sprintf("An index of this name is there already and is defined differently:\n\n  %s\n\n"+
		"Choose another name, or take the existing index over and let it be changed:\n\n"+
		"  terraform import <address of this resource> %s", existing.Definition, existing.Name)
	switch {
	case existing.Constraint != "":
		detail = fmt.Sprintf("The name belongs to the index of the constraint %s of %s, which is declared with the table. Choose another name.",
			existing.Constraint, existing.Table)
	case !existing.Parent.IsZero():
		detail = fmt.Sprintf("The name belongs to a part of the index %s of the partitioned table. Choose another name.", existing.Parent)
	}
	return refused(hazard.IdentifierDuplicate, []string{"name"}, "Cannot create index "+desired.Name.String(), detail)
}

// takenOver warns of an object that the configuration meets for the first time
// and that is there exactly as wanted: most likely an interrupted create.
func takenOver(kind, name string) Finding {
	return Finding{
		Hazard: hazard.DDLNotIdempotent, Severity: hazard.Warning,
		Summary: fmt.Sprintf("Taking over %s %s", kind, name),
		Detail: fmt.Sprintf("The %s is there already, exactly as it is configured: an earlier run was probably interrupted after it had made it. "+
			"It is taken over as it is. If somebody else made it, give this one another name.", kind),
	}
}

func list(lines []string) string { return "  " + strings.Join(lines, "\n  ") }

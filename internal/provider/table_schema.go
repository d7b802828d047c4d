// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func tableSchema() rschema.Schema {
	attributes := map[string]rschema.Attribute{
		"id": rschema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`schema.name`, each part quoted where PostgreSQL would quote it. What `table` of the other resources takes.",
		},
		"schema": rschema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("public"), Validators: nameValidators(),
			MarkdownDescription: "Schema of the table. Default: `public`.",
		},
		"name": rschema.StringAttribute{
			Required: true, Validators: nameValidators(),
			MarkdownDescription: "Name of the table, without quotes: at most 63 bytes.",
		},
		"columns": rschema.MapNestedAttribute{
			Optional: true,
			MarkdownDescription: "The columns that this resource owns, by name. Required, but for a partition (`partition_of`), which has those of its partitioned table. " +
				"Other columns of the table are left alone. " +
				"A map has no order: a new table gets the columns of its primary key first, then the others by alignment (8, 4, 2, 1 bytes, then variable length) " +
				"and name, which saves padding.",
			Validators:   []validator.Map{mapvalidator.KeysAre(nameValidators()...)},
			NestedObject: rschema.NestedAttributeObject{Attributes: columnAttributes()},
		},
		"ignored_columns": rschema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Columns of the table that are declared elsewhere, by a `pgphase_column` or another tool: " +
				"no warning is given about them, and a column that moves from `columns` to this set is released and not removed.",
		},
		"primary_key": rschema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "The primary key. Added to an existing table over an index that is built concurrently.",
			Attributes:          primaryKeyAttributes(),
		},
		"unique": rschema.MapNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Unique constraints by name. Added to an existing table over an index that is built concurrently.",
			Validators:          constraintMapValidators(),
			NestedObject:        rschema.NestedAttributeObject{Attributes: uniqueAttributes()},
		},
		"checks": rschema.MapNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Check constraints by name. Added to an existing table as NOT VALID and validated afterwards, so that no scan runs under a strong lock.",
			Validators:          constraintMapValidators(),
			NestedObject: rschema.NestedAttributeObject{Attributes: map[string]rschema.Attribute{
				"expression": rschema.StringAttribute{
					Required: true, Validators: expressionValidators(),
					MarkdownDescription: "The condition, as an SQL expression over the columns of the row.",
				},
				"no_inherit": rschema.BoolAttribute{
					Optional: true, Computed: true, Default: booldefault.StaticBool(false),
					MarkdownDescription: "Whether children of the table are exempt. Default: `false`.",
				},
				"not_valid": rschema.BoolAttribute{
					Optional: true, Computed: true, Default: booldefault.StaticBool(false),
					MarkdownDescription: "Whether rows that existed before the constraint are left unproven. Default: `false`.",
				},
				"comment": rschema.StringAttribute{
					Optional: true, Validators: commentValidators(),
					MarkdownDescription: "Comment on the constraint.",
				},
			}},
		},
		"exclusions": rschema.MapNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Exclusion constraints by name. A part of a new table only: PostgreSQL has no way to add one to a table in use without stopping it.",
			Validators:          constraintMapValidators(),
			NestedObject:        rschema.NestedAttributeObject{Attributes: exclusionAttributes()},
		},
		"comment": rschema.StringAttribute{
			Optional: true, Validators: commentValidators(),
			MarkdownDescription: "Comment on the table.",
		},
		"options": rschema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Storage parameters: `{ fillfactor = 80, \"toast.autovacuum_enabled\" = false }`.",
		},
		"unlogged": rschema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the table is not written to the WAL: emptied by a crash, absent on standbys. Default: `false`. Fixed once the table exists, as a change rewrites it.",
		},
		"tablespace": rschema.StringAttribute{
			Optional: true, Validators: nameValidators(),
			MarkdownDescription: "Tablespace of the table. Default: that of the database. Fixed once the table exists, as a change copies it under an ACCESS EXCLUSIVE lock.",
		},
		"replica_identity": rschema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "How UPDATE and DELETE identify a row to logical subscribers. Default: by the primary key.",
			Attributes: map[string]rschema.Attribute{
				"mode": rschema.StringAttribute{
					Required: true, Validators: oneOf("full", "nothing", "index"),
					MarkdownDescription: "`full`, `nothing` or `index`.",
				},
				"index": rschema.StringAttribute{
					Optional: true, Validators: nameValidators(),
					MarkdownDescription: "Name of the unique index, for the mode `index`.",
				},
			},
		},
		"partition_by": rschema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Makes it a partitioned table. Fixed once the table exists.",
			Attributes: map[string]rschema.Attribute{
				"strategy": rschema.StringAttribute{
					Required:            true,
					MarkdownDescription: "`range`, `list` or `hash`.",
				},
				"keys": rschema.ListNestedAttribute{
					Required: true, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
					MarkdownDescription: "The partition key: columns or expressions.",
					NestedObject:        rschema.NestedAttributeObject{Attributes: partitionKeyAttributes()},
				},
			},
		},
		"partition_of": partitionOfAttribute(),
		"renamed_from": rschema.StringAttribute{
			Optional: true, Validators: nameValidators(),
			MarkdownDescription: "Name that the table had before, in the same schema. The change to `name` goes through phases: meanwhile the table has both names, " +
				"one of them as an updatable view. Without effect in a database that never had the old name, and once it is gone.",
		},
		"deletion_protection": deletionProtectionAttribute("table"),
	}
	maps.Copy(attributes, phaseAttributes())
	maps.Copy(attributes, planAttributes())
	return rschema.Schema{
		MarkdownDescription: "A table. Changes are planned as the sequence of statements that locks it least; " +
			"no change ever plans as destroy and create.",
		Attributes: attributes,
	}
}

// phaseAttributes are those of resources that can be in a transition.
func phaseAttributes() map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		"phase": rschema.StringAttribute{
			Optional: true, Validators: oneOf("expand", "migrate", "contract"),
			MarkdownDescription: "How far a change may go that code which is running would not survive: `expand` adds the new structure beside the old one and keeps both in step, " +
				"`migrate` fills and proves the new one, `contract` drops the old one. Required as long as such a change is wanted or open, and needless otherwise.",
		},
		"verify": rschema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether `contract` compares both sides before it drops the old one, and stops at the first row that differs. Default: `true`.",
		},
		"retained": rschema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "What waits for `contract`: `column public.users.user_name`. For postconditions and policies.",
		},
	}
}

func deletionProtectionAttribute(what string) rschema.Attribute {
	return rschema.BoolAttribute{
		Optional: true, Computed: true, PlanModifiers: []planmodifier.Bool{notFromState{}},
		MarkdownDescription: "Whether destroying the " + what + " is refused. Default: `deletion_protection` of the provider, which is `true`.",
	}
}

func constraintMapValidators() []validator.Map {
	return []validator.Map{mapvalidator.KeysAre(nameValidators()...)}
}

func nameListAttribute(required bool, description string) rschema.Attribute {
	return rschema.ListAttribute{
		Required: required, Optional: !required, ElementType: types.StringType,
		Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(nameValidators()...)},
		MarkdownDescription: description,
	}
}

// keyColumnsAttribute leaves it to the planner to find duplicates, which says
// of which constraint.
func keyColumnsAttribute(description string) rschema.Attribute {
	return rschema.ListAttribute{
		Required: true, ElementType: types.StringType,
		Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(nameValidators()...)},
		MarkdownDescription: description,
	}
}

// indexBackedAttributes are those that primary key, unique and exclusion
// constraints share.
func indexBackedAttributes() map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		"include": nameListAttribute(false, "Columns that the index stores besides its keys."),
		"deferrable": rschema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the check can be put off to the end of the transaction. Default: `false`.",
		},
		"initially_deferred": rschema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the check is put off by default. Needs `deferrable`. Default: `false`.",
		},
		"options": rschema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Storage parameters of the index: `{ fillfactor = 90 }`.",
		},
		"tablespace": rschema.StringAttribute{
			Optional: true, Validators: nameValidators(),
			MarkdownDescription: "Tablespace of the index. Default: that of the database.",
		},
		"comment": rschema.StringAttribute{
			Optional: true, Validators: commentValidators(),
			MarkdownDescription: "Comment on the constraint.",
		},
	}
}

func primaryKeyAttributes() map[string]rschema.Attribute {
	attributes := indexBackedAttributes()
	attributes["name"] = rschema.StringAttribute{
		Optional: true, Computed: true, Validators: nameValidators(),
		MarkdownDescription: "Name of the constraint. Default: `<table>_pkey`, or the name that it has.",
	}
	attributes["columns"] = keyColumnsAttribute("Columns of the key, in their order.")
	return attributes
}

func uniqueAttributes() map[string]rschema.Attribute {
	attributes := indexBackedAttributes()
	attributes["columns"] = keyColumnsAttribute("Columns of the constraint, in their order.")
	attributes["nulls_not_distinct"] = rschema.BoolAttribute{
		Optional: true, Computed: true, Default: booldefault.StaticBool(false),
		MarkdownDescription: "Whether two NULLs count as equal (PostgreSQL 15). Default: `false`.",
	}
	return attributes
}

func exclusionAttributes() map[string]rschema.Attribute {
	elements := indexKeyAttributes()
	elements["operator"] = rschema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Operator that two rows must not satisfy together: `=`, `&&`, `OPERATOR(public.&&)`.",
	}
	attributes := indexBackedAttributes()
	attributes["method"] = rschema.StringAttribute{
		Optional: true, Computed: true, Default: stringdefault.StaticString("gist"),
		MarkdownDescription: "Index access method. Default: `gist`.",
	}
	attributes["elements"] = rschema.ListNestedAttribute{
		Required: true, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
		MarkdownDescription: "What must not coincide.",
		NestedObject:        rschema.NestedAttributeObject{Attributes: elements},
	}
	attributes["where"] = rschema.StringAttribute{
		Optional: true, Validators: expressionValidators(),
		MarkdownDescription: "Condition that limits the constraint to some rows.",
	}
	return attributes
}

func tableIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"schema": identityschema.StringAttribute{OptionalForImport: true, Description: "Schema of the table. Default: public."},
		"name":   identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the table."},
	}}
}

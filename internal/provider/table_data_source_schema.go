// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// attributesOfPlans are those of a resource that say nothing about a database.
var attributesOfPlans = []string{
	operationsAttribute, strongestLockAttribute, destructiveAttribute, "deletion_protection", "ignored_columns", "backfill",
	"phase", "replaces", "up", "down", "renamed_from", "retained", "verify", acknowledgeAttribute,
}

func tableDataSourceSchema() dschema.Schema {
	attributes := computedAttributes(tableSchema().Attributes)
	attributes["id"] = dschema.StringAttribute{
		Optional: true, Computed: true, Validators: []validator.String{tableIDValidator{}},
		MarkdownDescription: "The table as `schema.name`, each part quoted where PostgreSQL would quote it. Either `id` or `name` is set.",
	}
	attributes["schema"] = dschema.StringAttribute{
		Optional: true, Computed: true, Validators: nameValidators(),
		MarkdownDescription: "Schema of the table, together with `name`. Default: `public`.",
	}
	attributes["name"] = dschema.StringAttribute{
		Optional: true, Computed: true, Validators: nameValidators(),
		MarkdownDescription: "Name of the table, without quotes.",
	}
	attributes["columns"] = dschema.MapNestedAttribute{
		Computed:            true,
		MarkdownDescription: "All columns of the table, by name.",
		NestedObject:        dschema.NestedAttributeObject{Attributes: computedAttributes(columnAttributes())},
	}

	index := computedAttributes(indexSchema().Attributes)
	index["constraint"] = dschema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "Name of the primary key, unique or exclusion constraint that the index belongs to; null for an index that stands alone.",
	}
	attributes["indexes"] = dschema.MapNestedAttribute{
		Computed:            true,
		MarkdownDescription: "All indexes of the table by name, those of constraints included.",
		NestedObject:        dschema.NestedAttributeObject{Attributes: index},
	}
	attributes["foreign_keys"] = dschema.MapNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Foreign keys of the table by name: those that refer to another table.",
		NestedObject:        dschema.NestedAttributeObject{Attributes: computedAttributes(foreignKeySchema().Attributes)},
	}
	attributes["size"] = dschema.Int64Attribute{
		Computed:            true,
		MarkdownDescription: "Bytes on disk, with indexes, TOAST and partitions.",
	}
	attributes["row_estimate"] = dschema.Int64Attribute{
		Computed:            true,
		MarkdownDescription: "Number of rows, as the last ANALYZE or VACUUM has estimated it. Null where there was none yet.",
	}
	return dschema.Schema{
		MarkdownDescription: "Any table of the database, whether this or another configuration, another tool or nobody manages it: " +
			"the attributes of the resource `pgphase_table` with its indexes, foreign keys and size. Types and expressions are in PostgreSQL's own spelling.",
		Attributes: attributes,
	}
}

// computedAttributes are the attributes of a resource as a data source has
// them, so that each is described once.
func computedAttributes(attributes map[string]rschema.Attribute) map[string]dschema.Attribute {
	computed := make(map[string]dschema.Attribute, len(attributes))
	for name, attribute := range attributes {
		if !slices.Contains(attributesOfPlans, name) {
			computed[name] = computedAttribute(attribute)
		}
	}
	return computed
}

func computedAttribute(attribute rschema.Attribute) dschema.Attribute {
	description := attribute.GetMarkdownDescription()
	switch a := attribute.(type) {
	case rschema.StringAttribute:
		return dschema.StringAttribute{Computed: true, MarkdownDescription: description}
	case rschema.BoolAttribute:
		return dschema.BoolAttribute{Computed: true, MarkdownDescription: description}
	case rschema.Int64Attribute:
		return dschema.Int64Attribute{Computed: true, MarkdownDescription: description}
	case rschema.ListAttribute:
		return dschema.ListAttribute{Computed: true, ElementType: a.ElementType, MarkdownDescription: description}
	case rschema.MapAttribute:
		return dschema.MapAttribute{Computed: true, ElementType: a.ElementType, MarkdownDescription: description}
	case rschema.SingleNestedAttribute:
		return dschema.SingleNestedAttribute{Computed: true, Attributes: computedAttributes(a.Attributes), MarkdownDescription: description}
	case rschema.ListNestedAttribute:
		return dschema.ListNestedAttribute{
			Computed: true, MarkdownDescription: description,
			NestedObject: dschema.NestedAttributeObject{Attributes: computedAttributes(a.NestedObject.Attributes)},
		}
	case rschema.MapNestedAttribute:
		return dschema.MapNestedAttribute{
			Computed: true, MarkdownDescription: description,
			NestedObject: dschema.NestedAttributeObject{Attributes: computedAttributes(a.NestedObject.Attributes)},
		}
	default:
		// A test builds every schema, so that this is met before a release.
		panic(fmt.Sprintf("no computed attribute for %T", attribute))
	}
}

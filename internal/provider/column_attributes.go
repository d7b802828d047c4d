// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// columnAttributes are the attributes of a column, in the map of a table and
// in a pgphase_column alike.
func columnAttributes() map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		"type": rschema.StringAttribute{
			Required: true, Validators: []validator.String{typeValidator{}},
			MarkdownDescription: "Data type, in any spelling that PostgreSQL accepts: `bigint`, `int8`, `varchar(40)`, `timestamptz`, `text[]`, " +
				"`public.mood`. `int` and `integer` are the same type and no change. Not `serial`, which is no type: use `bigint` with `identity`.",
		},
		"nullable": rschema.BoolAttribute{
			Optional: true, Computed: true, PlanModifiers: []planmodifier.Bool{notFromState{}},
			MarkdownDescription: "Whether the column may be NULL. Default: `true`, and `false` for the columns of the primary key and identity columns. " +
				"Going from `true` to `false` is proven by a validated check first, so that no scan runs under a strong lock.",
		},
		"default": rschema.StringAttribute{
			Optional: true, Validators: expressionValidators(),
			MarkdownDescription: "Default as an SQL expression: `0`, `now()`, and a string with its SQL quotes: `'free'`.",
		},
		"identity": rschema.StringAttribute{
			Optional: true, Validators: oneOf("always", "by default"),
			MarkdownDescription: "`always` or `by default`: `GENERATED ... AS IDENTITY`. Needs `smallint`, `integer` or `bigint`.",
		},
		"sequence": rschema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Options of the identity column's sequence; what is left out is PostgreSQL's default.",
			Attributes:          sequenceOptionAttributes(),
		},
		"generated": rschema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Makes it a generated column: `GENERATED ALWAYS AS (expression)`. A stored one can be a part of a new table only: adding it later would rewrite the table.",
			Attributes: map[string]rschema.Attribute{
				"expression": rschema.StringAttribute{
					Required: true, Validators: expressionValidators(),
					MarkdownDescription: "An immutable SQL expression over the other columns of the row.",
				},
				"kind": rschema.StringAttribute{
					Optional: true, Computed: true, Default: stringdefault.StaticString("stored"),
					Validators:          oneOf("stored", "virtual"),
					MarkdownDescription: "`stored` (default), or `virtual`: computed when it is read (PostgreSQL 18).",
				},
			},
		},
		"collation": rschema.StringAttribute{
			Optional: true, Validators: []validator.String{qualifiedNameValidator{}},
			MarkdownDescription: "Collation, where it differs from that of the type: `\"C\"`, `\"de-x-icu\"`, `public.german`. Quoted as in SQL.",
		},
		"compression": rschema.StringAttribute{
			Optional: true, Validators: oneOf("pglz", "lz4"),
			MarkdownDescription: "`pglz` or `lz4`: how large values are compressed. Applies to new values. Default: `default_toast_compression` of the server.",
		},
		"storage": rschema.StringAttribute{
			Optional: true, Validators: oneOf("plain", "external", "extended", "main"),
			MarkdownDescription: "`plain`, `external`, `extended` or `main`: where large values are kept. Applies to new values. Default: that of the type.",
		},
		"statistics": rschema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(0, 10000)},
			MarkdownDescription: "Statistics target of ANALYZE, 0 to 10000. Default: `default_statistics_target` of the server.",
		},
		"comment": rschema.StringAttribute{
			Optional: true, Validators: commentValidators(),
			MarkdownDescription: "Comment on the column.",
		},
		"replaces": rschema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "Makes the column take the place of older ones, in phases: a rename, a split, a merge, or a new type under a new name. " +
				"A trigger keeps both sides in step from `expand` to `contract`. Without effect in a new table and once the old columns are gone.",
			Attributes: map[string]rschema.Attribute{
				"columns": nameListAttribute(true, "The old columns. They leave the map `columns` when this attribute is written."),
				"up": rschema.StringAttribute{
					Optional: true, Validators: expressionValidators(),
					MarkdownDescription: "An SQL expression over the old columns that computes this one: `split_part(full_name, ' ', 1)`. Default: the one old column itself, cast to the new type.",
				},
				"down": rschema.MapAttribute{
					Optional: true, ElementType: types.StringType,
					Validators: []validator.Map{mapvalidator.KeysAre(nameValidators()...), mapvalidator.ValueStringsAre(expressionValidators()...)},
					MarkdownDescription: "SQL expressions over the new columns that compute old ones, by name of the old column, so that old code reads what new code writes. " +
						"Default: without `up` and with one old column, this column itself; else nothing, and old code may then read NULL.",
				},
			},
		},
		"up": rschema.StringAttribute{
			Optional: true, Validators: expressionValidators(),
			MarkdownDescription: "An SQL expression over the column as it is that computes its values for another `type` or `collation`, while that changes in " +
				"phases: `code::integer`, `created_at AT TIME ZONE 'Europe/Berlin'`. Default: the column itself, where PostgreSQL assigns it to the new type. " +
				"It stays as it is up to `contract`; it has no effect on a column that has the type, and can then be removed.",
		},
		"down": rschema.StringAttribute{
			Optional: true, Validators: expressionValidators(),
			MarkdownDescription: "An SQL expression over the column as it will be that computes its values for the type it had, so that the change can be taken " +
				"back after `migrate`. Default: the cast back where `up` is a cast, else nothing, and going back is refused once new values would be lost.",
		},
		"backfill": rschema.StringAttribute{
			Optional: true, Validators: expressionValidators(),
			MarkdownDescription: "An SQL expression over the row that fills rows in which the column is NULL before it becomes NOT NULL: " +
				"`'free'`, `coalesce(nickname, email)`. It runs in small batches. It has no effect once the column is NOT NULL and can then be removed.",
		},
	}
}

// sequenceOptionAttributes are the options of a sequence, of an identity column
// and of a sequence of its own alike.
func sequenceOptionAttributes() map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		"start": rschema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "First value. Default: `min_value` of an ascending, `max_value` of a descending sequence.",
		},
		"increment": rschema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.NoneOf(0)},
			MarkdownDescription: "Step; negative for a descending sequence. Default: `1`.",
		},
		"min_value": rschema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Smallest value. Default: `1`, or the smallest of the type for a descending sequence.",
		},
		"max_value": rschema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Largest value. Default: the largest of the type, or `-1` for a descending sequence.",
		},
		"cache": rschema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: "How many values a session takes at a time. Default: `1`.",
		},
		"cycle": rschema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether the sequence starts again at its end. Default: `false`.",
		},
	}
}

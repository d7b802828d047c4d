// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

const providerDescription = `Evolves PostgreSQL schemas without stopping the applications that use them. A table, a column, an index and a foreign
key are resources; a plan shows the SQL that will run, the lock that each statement takes and what it endangers.

Every argument is optional. What is not configured comes from the environment variables and files that ` + "`psql`" + ` uses too
([libpq](https://www.postgresql.org/docs/current/libpq-connect.html)): an argument overrides the same part of ` + "`url`" + `, ` + "`url`" + ` overrides
` + "`service`" + `, and that overrides the environment. The provider connects when the first resource needs the server, with at most four
sessions. PostgreSQL 14 to 18 are supported.`

func providerSchema() schema.Schema {
	attributes := map[string]schema.Attribute{
		"lock_timeout": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "How long one attempt to get a strong lock may wait, and so the longest time that other sessions may have to queue " +
				"behind it, as a duration such as `500ms`. Default: `500ms`. Above `10s` there is a warning (`lock_timeout_unsafe_value`).",
			Validators: []validator.String{lockTimeoutRange},
		},
		"lock_deadline": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "How long attempts to get the locks of one operation are repeated before the apply gives up and names the sessions " +
				"that were in the way, as a duration such as `10m`. Default: `10m`. Not shorter than `lock_timeout`.",
			Validators: []validator.String{lockDeadlineRange},
		},
		"deletion_protection": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether tables and columns are protected against destruction unless they say otherwise by their own " +
				"`deletion_protection`. Default: `true`.",
		},
		"minimum_soak": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "How long a transition must have been migrated before `contract` may drop its old structure, as a duration such as `24h`: " +
				"time enough to see that no code uses it any more. A plan to contract earlier fails. Default: `0s`. Without effect together with `single_step`, and for indexes and foreign keys, " +
				"of which nobody knows since when they are migrated.",
			Validators: []validator.String{soakRange},
		},
		"single_step": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether one apply with `phase = \"contract\"` may take a transition through all phases, though nothing was expanded before: " +
				"for throw-away databases, in which no application runs while the schema changes. Default: `false`.",
		},
		"history": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether every statement that runs is recorded in `pgphase.history` of the database, from the first change on: the first apply then creates the schema " +
				"`pgphase`, in a step that its plan shows. Otherwise the first transition creates it, and nothing is recorded before. `pgphase export` needs it: see the guide " +
				"[Other tools](guides/other-tools.md). Default: `false`.",
		},
		"data_checks": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether a plan asks the data if a change can succeed: NULLs in a column that becomes NOT NULL, duplicates under a unique " +
				"index, rows that violate a check or have no counterpart for a foreign key, values that do not fit a type. Each question reads until it has found " +
				"five examples and for five seconds at most; a plan that could not tell says so. `false` leaves the answers to the apply, which stops at the " +
				"statement that fails. Default: `true`.",
		},
		"live_checks": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether a plan looks at what goes on in the server and says so beside its warnings: how large a table is and about how long the statements take, " +
				"transactions that are in the way, standbys and replication slots that are behind, how often what goes away is used. It costs one statement for each table " +
				"that changes, and is never part of what is planned. Default: `true`.",
		},
		"backfill": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "How existing rows are filled when a column needs a value in all of them.",
			Attributes: map[string]schema.Attribute{
				"batch_duration": schema.StringAttribute{
					Optional: true,
					MarkdownDescription: "The duration that the size of a batch adapts to. Each batch is a transaction of its own, and holds the locks of its " +
						"rows as long. Default: `100ms`.",
					Validators: []validator.String{batchDurationRange},
				},
				"pause": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "Pause between two batches, as a duration. Default: `0s`.",
					Validators:          []validator.String{pauseRange},
				},
				"workers": schema.Int64Attribute{
					Optional: true,
					MarkdownDescription: "How many connections fill one table at the same time, each in blocks of its own. Default: `1`. " +
						"Each one beyond the first is a connection more.",
					Validators: []validator.Int64{int64validator.Between(1, 32)},
				},
				"fire_triggers": schema.BoolAttribute{
					Optional: true,
					MarkdownDescription: "Whether user triggers of the table fire for the rows that are filled. `false` needs the right to set " +
						"`session_replication_role`, and is refused where foreign keys of the table would go unchecked. Default: `true`.",
				},
				"max_replication_lag": schema.StringAttribute{
					Optional: true,
					MarkdownDescription: "A backfill waits while a standby lags more than this behind in replaying, as a duration. " +
						"Default: `10s`.",
					Validators: []validator.String{replicationLagRange},
				},
			},
		},
	}
	attributes[hazardsAttribute] = hazardPolicyAttribute()
	attributes[namingAttribute] = namingSchema()
	attributes[driftAttribute] = driftPolicyAttribute()
	maps.Copy(attributes, connectionAttributes())
	return schema.Schema{MarkdownDescription: providerDescription, Attributes: attributes}
}

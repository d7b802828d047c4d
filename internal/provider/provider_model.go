// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// Defaults of the provider block.
const (
	defaultLockTimeout       = 500 * time.Millisecond
	defaultLockDeadline      = 10 * time.Minute
	defaultBatchDuration     = 100 * time.Millisecond
	defaultMaxReplicationLag = 10 * time.Second
)

// unsafeLockTimeout is where the queue behind a waiting change becomes an
// outage for most applications (hazard lock_timeout_unsafe_value).
const unsafeLockTimeout = 10 * time.Second

// settings are what resources need of the provider block besides the
// connection.
type settings struct {
	executor           executor.Settings
	deletionProtection bool
	// minimumSoak is how long migrate must have been reached before contract
	// is planned. It means nothing where everything is one step.
	minimumSoak time.Duration
	singleStep  bool
	// dataChecks lets a plan ask the data whether a change can succeed.
	dataChecks bool
	// liveChecks lets a plan look at what goes on in the server.
	liveChecks bool
	// hazards are the severities that are not the default ones.
	hazards hazard.Policy
	// naming has the patterns that new names have to match.
	naming planner.Naming
	// history creates the ledger with the first change, whatever it is.
	history bool
	// driftPolicy are the severities of changes from outside that are not the
	// default ones.
	driftPolicy driftPolicy
}

// defaultSettings are those of an empty provider block.
func defaultSettings() settings {
	return settings{deletionProtection: true, dataChecks: true, liveChecks: true}
}

// providerModel is the configuration of the provider. Any value can be unknown:
// Terraform plans with what it has when the server is created in the same run.
type providerModel struct {
	arguments          map[string]types.String
	lockTimeout        types.String
	lockDeadline       types.String
	deletionProtection types.Bool
	minimumSoak        types.String
	singleStep         types.Bool
	dataChecks         types.Bool
	liveChecks         types.Bool
	hazards            types.Map
	drift              types.Map
	history            types.Bool
	batchDuration      types.String
	pause              types.String
	maxReplicationLag  types.String
	workers            types.Int64
	fireTriggers       types.Bool
	patterns           map[planner.NameKind]types.String
}

func readProviderModel(ctx context.Context, config tfsdk.Config) (providerModel, diag.Diagnostics) {
	var diags diag.Diagnostics
	m := providerModel{arguments: make(map[string]types.String, len(connectionArguments)), patterns: map[planner.NameKind]types.String{}}
	for _, a := range connectionArguments {
		var value types.String
		diags.Append(config.GetAttribute(ctx, path.Root(a.name), &value)...)
		m.arguments[a.name] = value
	}
	backfill := path.Root("backfill")
	for _, attribute := range []struct {
		at     path.Path
		target any
	}{
		{path.Root("lock_timeout"), &m.lockTimeout},
		{path.Root("lock_deadline"), &m.lockDeadline},
		{path.Root("deletion_protection"), &m.deletionProtection},
		{path.Root("minimum_soak"), &m.minimumSoak},
		{path.Root("single_step"), &m.singleStep},
		{path.Root("data_checks"), &m.dataChecks},
		{path.Root("live_checks"), &m.liveChecks},
		{path.Root(hazardsAttribute), &m.hazards},
		{path.Root(driftAttribute), &m.drift},
		{path.Root("history"), &m.history},
		{backfill.AtName("batch_duration"), &m.batchDuration},
		{backfill.AtName("pause"), &m.pause},
		{backfill.AtName("max_replication_lag"), &m.maxReplicationLag},
		{backfill.AtName("workers"), &m.workers},
		{backfill.AtName("fire_triggers"), &m.fireTriggers},
	} {
		diags.Append(config.GetAttribute(ctx, attribute.at, attribute.target)...)
	}
	for _, kind := range planner.NameKinds() {
		var value types.String
		diags.Append(config.GetAttribute(ctx, path.Root(namingAttribute).AtName(string(kind)), &value)...)
		m.patterns[kind] = value
	}
	return m, diags
}

// validate checks what no validator of one attribute sees.
func (m providerModel) validate() diag.Diagnostics {
	var diags diag.Diagnostics
	diags.Append(m.validateLockTimes()...)
	diags.Append(m.validateTLS()...)
	return diags
}

func (m providerModel) validateLockTimes() diag.Diagnostics {
	var diags diag.Diagnostics
	if m.lockTimeout.IsUnknown() || m.lockDeadline.IsUnknown() {
		return diags
	}
	timeout, timeoutErr := durationOr(m.lockTimeout, defaultLockTimeout)
	deadline, deadlineErr := durationOr(m.lockDeadline, defaultLockDeadline)
	if timeoutErr != nil || deadlineErr != nil {
		return diags // the attribute's validator says so
	}
	if timeout > deadline {
		at := path.Root("lock_timeout")
		if m.lockTimeout.IsNull() {
			at = path.Root("lock_deadline")
		}
		diags.AddAttributeError(at, "lock_timeout is longer than lock_deadline",
			fmt.Sprintf("One attempt to get a lock may take %s (lock_timeout), all of them together only %s (lock_deadline). "+
				"The first attempt could never use its time. Shorten lock_timeout or prolong lock_deadline.", timeout, deadline))
	} else if timeout > unsafeLockTimeout {
		diags.Append(m.lockTimeoutDiagnostic(timeout)...)
	}
	return diags
}

// validateTLS refuses certificates that would not be used: who writes them
// believes that they are.
func (m providerModel) validateTLS() diag.Diagnostics {
	var diags diag.Diagnostics
	if m.arguments["sslmode"].ValueString() != "disable" {
		return diags
	}
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey", "sslpassword"} {
		if m.arguments[name].ValueString() != "" {
			diags.AddAttributeError(path.Root(name), fmt.Sprintf("%s has no meaning with sslmode = \"disable\"", name),
				"The connection would be made without encryption, and nothing would check a certificate. "+
					"Write another sslmode (\"verify-full\" checks the server's certificate and name), or remove "+name+".")
		}
	}
	return diags
}

// settings returns the values, or the defaults where a value is missing or not
// known yet: what they bound happens at apply, when all is known.
func (m providerModel) settings() (settings, diag.Diagnostics) {
	var diags diag.Diagnostics
	read := func(value types.String, at path.Path, fallback time.Duration) time.Duration {
		d, err := durationOr(value, fallback)
		if err != nil {
			diags.AddAttributeError(at, "Not a duration", err.Error())
		}
		return d
	}
	backfill := path.Root("backfill")
	s := settings{
		executor: executor.Settings{
			LockTimeout:       read(m.lockTimeout, path.Root("lock_timeout"), defaultLockTimeout),
			LockDeadline:      read(m.lockDeadline, path.Root("lock_deadline"), defaultLockDeadline),
			BackfillTarget:    read(m.batchDuration, backfill.AtName("batch_duration"), defaultBatchDuration),
			Pause:             read(m.pause, backfill.AtName("pause"), 0),
			MaxReplicationLag: read(m.maxReplicationLag, backfill.AtName("max_replication_lag"), defaultMaxReplicationLag),
			Workers:           m.backfillWorkers(),
			SuppressTriggers:  !m.fireTriggers.IsNull() && !m.fireTriggers.IsUnknown() && !m.fireTriggers.ValueBool(),
		},
		deletionProtection: m.deletionProtection.IsNull() || m.deletionProtection.IsUnknown() || m.deletionProtection.ValueBool(),
		minimumSoak:        read(m.minimumSoak, path.Root("minimum_soak"), 0),
		singleStep:         m.singleStep.ValueBool(),
		history:            m.history.ValueBool(),
		dataChecks:         m.dataChecks.IsNull() || m.dataChecks.IsUnknown() || m.dataChecks.ValueBool(),
		liveChecks:         m.liveChecks.IsNull() || m.liveChecks.IsUnknown() || m.liveChecks.ValueBool(),
	}
	policy, refused := hazardPolicy(m.hazards, path.Root(hazardsAttribute))
	diags.Append(refused...)
	s.hazards = policy
	s.naming, refused = m.naming()
	diags.Append(refused...)
	s.driftPolicy, refused = readDriftPolicy(m.drift, path.Root(driftAttribute))
	diags.Append(refused...)
	return s, diags
}

// backfillWorkers is at least one.
func (m providerModel) backfillWorkers() int { return max(1, int(m.workers.ValueInt64())) }

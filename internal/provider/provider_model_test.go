// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"
	"time"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	defaults := newTestProvider(t).mustConfigure(nil).settings
	if e := defaults.executor; e.LockTimeout != 500*time.Millisecond || e.LockDeadline != 10*time.Minute || e.BackfillTarget != 100*time.Millisecond ||
		e.Pause != 0 || e.MaxReplicationLag != 10*time.Second || !defaults.deletionProtection || defaults.minimumSoak != 0 || defaults.singleStep {
		t.Errorf("defaults: %+v", defaults)
	}
	given := newTestProvider(t).mustConfigure(map[string]any{
		"lock_timeout": "1.5s", "lock_deadline": "1h", "deletion_protection": false, "minimum_soak": "36h", "single_step": true,
		"backfill": map[string]any{"batch_duration": "50ms", "pause": "20ms", "max_replication_lag": "1m"},
	}).settings
	if e := given.executor; e.LockTimeout != 1500*time.Millisecond || e.LockDeadline != time.Hour || e.BackfillTarget != 50*time.Millisecond ||
		e.Pause != 20*time.Millisecond || e.MaxReplicationLag != time.Minute || given.deletionProtection || given.minimumSoak != 36*time.Hour || !given.singleStep {
		t.Errorf("given: %+v", given)
	}
}

func TestTimeoutsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	backfill := func(name, value string) map[string]any {
		return map[string]any{"backfill": map[string]any{name: value}}
	}
	for name, test := range map[string]struct {
		given map[string]any
		want  string
	}{
		"no unit":                 {map[string]any{"lock_timeout": "500"}, `error at AttributeName("lock_timeout"): "500" is not a duration`},
		"empty":                   {map[string]any{"lock_timeout": ""}, `error at AttributeName("lock_timeout"): "" is not a duration`},
		"no limit":                {map[string]any{"lock_timeout": "0s"}, `error at AttributeName("lock_timeout"): 0s makes no sense here`},
		"negative":                {map[string]any{"lock_timeout": "-1s"}, `error at AttributeName("lock_timeout"): -1s makes no sense here`},
		"below PostgreSQL's unit": {map[string]any{"lock_timeout": "900us"}, `error at AttributeName("lock_timeout"): 900us makes no sense here`},
		"no patience":             {map[string]any{"lock_deadline": "0s"}, `error at AttributeName("lock_deadline"): 0s makes no sense here`},
		"for ever":                {map[string]any{"lock_deadline": "10000h"}, `error at AttributeName("lock_deadline"): 10000h makes no sense here`},
		"longer than all attempts": {
			map[string]any{"lock_timeout": "2s", "lock_deadline": "1s"},
			`error at AttributeName("lock_timeout"): lock_timeout is longer than lock_deadline`,
		},
		"shorter than the default attempt": {
			map[string]any{"lock_deadline": "100ms"},
			`error at AttributeName("lock_deadline"): lock_timeout is longer than lock_deadline`,
		},
		"unsafe":       {map[string]any{"lock_timeout": "11s"}, `warning at AttributeName("lock_timeout"): lock_timeout = "11s" can stop the application`},
		"unsafe by id": {map[string]any{"lock_timeout": "11s"}, "Hazard: lock_timeout_unsafe_value"},
		"batch":        {backfill("batch_duration", "0s"), `error at AttributeName("backfill").AttributeName("batch_duration"): 0s makes no sense here`},
		"long batch":   {backfill("batch_duration", "2m"), `error at AttributeName("backfill").AttributeName("batch_duration"): 2m makes no sense here`},
		"pause":        {backfill("pause", "-1ms"), `error at AttributeName("backfill").AttributeName("pause"): -1ms makes no sense here`},
		"lag":          {backfill("max_replication_lag", "0s"), `error at AttributeName("backfill").AttributeName("max_replication_lag"): 0s makes no sense here`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diagnostics := newTestProvider(t).configure(test.given)
			wantDiagnostic(t, diagnostics, test.want)
		})
	}
}

// Ten seconds are the bound, not above it.
func TestLockTimeoutAtTheBound(t *testing.T) {
	t.Parallel()
	newTestProvider(t).mustConfigure(map[string]any{"lock_timeout": "10s"})
}

func TestEveryAttributeIsDescribed(t *testing.T) {
	t.Parallel()
	schema := providerSchema()
	for name, attribute := range schema.Attributes {
		if attribute.GetMarkdownDescription() == "" {
			t.Errorf("%s has no description", name)
		}
		if secret := name == "url" || name == "password" || name == "sslpassword"; attribute.IsSensitive() != secret {
			t.Errorf("%s: sensitive is %v", name, attribute.IsSensitive())
		}
		if !attribute.IsOptional() || attribute.IsRequired() {
			t.Errorf("%s is not optional", name)
		}
	}
	for name, argument := range map[string]string{"host": "PGHOST", "password": "PGPASSWORD", "sslmode": "verify-full"} {
		if text := schema.Attributes[name].GetMarkdownDescription(); !strings.Contains(text, argument) {
			t.Errorf("%s does not mention %s: %s", name, argument, text)
		}
	}
}

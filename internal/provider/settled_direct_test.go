// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const settledConfiguration = `
resource "pgphase_table" "t" {
  name = "t"
  columns = {
    id    = { type = "bigint", identity = "always" }
    a     = { type = "int", default = "1+1" }
    email = { type = "text", nullable = false }
  }
  ignored_columns = ["c"]
  primary_key     = { columns = ["id"] }
}

resource "pgphase_column" "c" {
  table = pgphase_table.t.id
  name  = "c"
  type  = "text"
}

resource "pgphase_index" "i" {
  table = pgphase_table.t.id
  name  = "t_email_idx"
  keys  = [{ expression = "lower(email)" }]
}

resource "pgphase_table" "child" {
  name    = "child"
  columns = { id = { type = "bigint" }, t = { type = "bigint" } }
}

resource "pgphase_foreign_key" "f" {
  table      = pgphase_table.child.id
  name       = "child_t_fkey"
  columns    = ["t"]
  references = { table = pgphase_table.t.id, columns = ["id"] }
}
`

// allSettled is what shortcuts returns where nothing has changed.
const allSettled = "upgrade read validate plan"

// shortcuts runs what Terraform asks in a plan, and returns for each object
// which answers were given without the framework. Each of these has to be what
// the framework answers.
func (d *direct) shortcuts(hcl string) map[string]string {
	d.t.Helper()
	p := d.process()
	defer p.server.Close()
	long := p.server.protocolServer
	ctx := d.t.Context()
	names, taken := references{}, map[string]string{}
	for _, block := range parseConfiguration(d.t, hcl) {
		typ := p.schemas[block.typeName].ValueType()
		c := directChange{directObject: directObject{address: block.address(), typeName: block.typeName}, config: block.value(d.t, typ, names)}
		c.from(d.state)
		var answers []string

		raw, err := json.Marshal(plainValue(d.t, c.prior))
		if err != nil {
			d.t.Fatal(err)
		}
		if d.edit != nil {
			raw = d.edit(c.address, raw)
		}
		upgrade := &tfprotov6.UpgradeResourceStateRequest{TypeName: c.typeName, Version: p.schemas[c.typeName].Version, RawState: &tfprotov6.RawState{JSON: raw}}
		upgraded, err := p.server.UpgradeResourceState(ctx, upgrade)
		if err != nil {
			d.t.Fatal(err)
		}
		if _, ok := transcode(raw, servedTypes()[c.typeName].stored); ok {
			answers = append(answers, "upgrade")
			upgrade.RawState.JSON = forgetLastApply(raw)
			want, err := long.UpgradeResourceState(ctx, upgrade)
			p.same(c.typeName, upgraded.UpgradedState, want.UpgradedState, err)
		}

		read := &tfprotov6.ReadResourceRequest{
			TypeName: c.typeName, CurrentState: p.dynamic(c.typeName, p.value(c.typeName, upgraded.UpgradedState)), Private: c.priorPrivate, CurrentIdentity: c.priorIdentity,
		}
		now, err := long.ReadResource(ctx, read)
		if err := p.check(c.address, now.Diagnostics, err); err != nil {
			d.t.Fatal(err)
		}
		if short := p.server.refreshed(ctx, read); short != nil {
			answers = append(answers, "read")
			p.same(c.typeName, short.NewState, now.NewState, nil)
			if diff := cmp.Diff(now.Private, short.Private); diff != "" {
				d.t.Errorf("%s: private data after read: %s", c.address, diff)
			}
			if diff := cmp.Diff(now.NewIdentity.IdentityData.MsgPack, short.NewIdentity.IdentityData.MsgPack); diff != "" {
				d.t.Errorf("%s: identity after read: %s", c.address, diff)
			}
			read.CurrentIdentity = nil
			if diff := cmp.Diff(now.NewIdentity.IdentityData.MsgPack, p.server.refreshed(ctx, read).NewIdentity.IdentityData.MsgPack); diff != "" {
				d.t.Errorf("%s: identity after read, without one in the state: %s", c.address, diff)
			}
		}

		c.prior = p.value(c.typeName, now.NewState)
		config := p.dynamic(c.typeName, c.config)
		validate := &tfprotov6.ValidateResourceConfigRequest{TypeName: c.typeName, Config: config}
		if p.server.saidNothing(validate) {
			answers = append(answers, "validate")
			if said, err := long.ValidateResourceConfig(ctx, validate); err != nil || len(said.Diagnostics) > 0 {
				d.t.Errorf("%s: %v, %s", c.address, err, diagnosticTexts(said.Diagnostics))
			}
		}

		plan := &tfprotov6.PlanResourceChangeRequest{
			TypeName: c.typeName, PriorState: p.dynamic(c.typeName, c.prior), Config: config, PriorPrivate: now.Private, PriorIdentity: now.NewIdentity,
			ProposedNewState: p.dynamic(c.typeName, proposed(p.schemas[c.typeName].Block.Attributes, c.prior, c.config)),
		}
		if p.server.nothingToPlan(ctx, plan) {
			answers = append(answers, "plan")
			want, err := long.PlanResourceChange(ctx, plan)
			p.same(c.typeName, plan.ProposedNewState, want.PlannedState, err)
			if diff := cmp.Diff(want.PlannedPrivate, plan.PriorPrivate); diff != "" || len(want.Diagnostics) > 0 {
				d.t.Errorf("%s: private data: %s; diagnostics: %s", c.address, diff, diagnosticTexts(want.Diagnostics))
			}
			if diff := cmp.Diff(want.PlannedIdentity.IdentityData.MsgPack, plan.PriorIdentity.IdentityData.MsgPack); diff != "" {
				d.t.Errorf("%s: planned identity: %s", c.address, diff)
			}
		}
		names.add(block, c.prior)
		taken[c.address] = strings.Join(answers, " ")
	}
	return taken
}

func (p *process) same(typeName string, got, want *tfprotov6.DynamicValue, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	if got, want := p.value(typeName, got), p.value(typeName, want); !got.Equal(want) {
		p.t.Errorf("%s: got %s, the framework says %s", typeName, got, want)
	}
}

// Whatever is not exactly as the last apply left it is looked at in full.
func TestSettledShortcuts(t *testing.T) {
	t.Parallel()
	server := pgtest.Shared(t, pgtest.Newest())
	base := settledConfiguration
	// Nobody changes this one.
	db := server.Database(t)
	applied := newDirect(t, db.URL())
	applied.mustApply(base)
	replace := func(old, text string) string {
		if !strings.Contains(base, old) {
			t.Fatalf("%q is not in the configuration", old)
		}
		return strings.Replace(base, old, text, 1)
	}
	everything := map[string]string{}
	for _, address := range []string{"pgphase_table.t", "pgphase_column.c", "pgphase_index.i", "pgphase_table.child", "pgphase_foreign_key.f"} {
		everything[address] = "upgrade read"
	}
	for name, test := range map[string]struct {
		// sql is run by hand; change changes what Terraform has.
		sql    string
		change func(t *testing.T, d *direct)
		hcl    string
		// want are the answers about objects that are not all settled.
		want map[string]string
	}{
		"nothing":                         {},
		"a column by hand":                {sql: "ALTER TABLE t ALTER email DROP NOT NULL", want: map[string]string{"pgphase_table.t": "upgrade"}},
		"a comment by hand":               {sql: "COMMENT ON INDEX t_email_idx IS 'x'", want: map[string]string{"pgphase_index.i": "upgrade"}},
		"a default by hand":               {sql: "ALTER TABLE t ALTER c SET DEFAULT 'x'", want: map[string]string{"pgphase_column.c": "upgrade"}},
		"a constraint by hand":            {sql: "ALTER TABLE child ALTER CONSTRAINT child_t_fkey DEFERRABLE", want: map[string]string{"pgphase_foreign_key.f": "upgrade"}},
		"an undeclared column":            {sql: "ALTER TABLE child ADD extra text", want: map[string]string{"pgphase_table.child": "upgrade"}},
		"another spelling":                {hcl: replace(`"int"`, `"integer"`), want: map[string]string{"pgphase_table.t": "upgrade read"}},
		"what was computed is said":       {hcl: replace(`name    = "child"`, "name = \"child\"\n deletion_protection = false"), want: map[string]string{"pgphase_table.child": "upgrade read"}},
		"a setting of the provider":       {change: setting("deletion_protection", true), want: everything},
		"a policy of the provider":        {change: setting("hazards", map[string]tftypes.Value{"design": tftypes.NewValue(tftypes.String, "error")}), want: everything},
		"another format of private data":  {change: private(func(s *observedSnapshot) { s.Format-- }), want: map[string]string{"pgphase_index.i": "upgrade"}},
		"no private data":                 {change: private(func(s *observedSnapshot) { *s = observedSnapshot{} }), want: map[string]string{"pgphase_index.i": "upgrade"}},
		"not settled":                     {change: private(func(s *observedSnapshot) { s.Settled = "" }), want: map[string]string{"pgphase_index.i": "upgrade"}},
		"settled by another version":      {change: private(func(s *observedSnapshot) { s.Settled = "0" }), want: map[string]string{"pgphase_index.i": "upgrade read"}},
		"a configuration with a warning":  {change: private(func(s *observedSnapshot) { s.Silent = false }), want: map[string]string{"pgphase_index.i": "upgrade read plan"}},
		"a state of another schema":       {change: edited("pgphase_index.i", `"include":`, `"former":null,"include":`), want: map[string]string{"pgphase_index.i": "read validate plan"}},
		"a state without a new attribute": {change: edited("pgphase_index.i", `"tablespace":null,`, ``)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDirect(t, db.URL())
			d.state = applied.state
			if test.sql != "" {
				db := server.Database(t)
				d = newDirect(t, db.URL())
				d.mustApply(base)
				db.Exec(t, test.sql)
			}
			if test.change != nil {
				test.change(t, d)
			}
			hcl := test.hcl
			if hcl == "" {
				hcl = base
			}
			want := map[string]string{}
			for address := range everything {
				want[address] = allSettled
			}
			maps.Copy(want, test.want)
			if diff := cmp.Diff(want, d.shortcuts(hcl)); diff != "" {
				t.Errorf("-want +got: %s", diff)
			}
		})
	}
}

func setting(name string, value any) func(*testing.T, *direct) {
	return func(_ *testing.T, d *direct) { d.settings[name] = value }
}

// private changes the private data of the index.
func private(change func(*observedSnapshot)) func(*testing.T, *direct) {
	return func(t *testing.T, d *direct) {
		t.Helper()
		d.state = slices.Clone(d.state)
		for i := range d.state {
			if d.state[i].address != "pgphase_index.i" {
				continue
			}
			snapshot := settledSnapshot(d.state[i].private)
			if snapshot == nil {
				t.Fatal("the index is not settled")
			}
			change(snapshot)
			data, err := json.Marshal(snapshot)
			if err != nil {
				t.Fatal(err)
			}
			d.state[i].private = privateOf(t, privateData{observedKey: data})
		}
	}
}

// edited changes the text of a stored state.
func edited(address, old, text string) func(*testing.T, *direct) {
	return func(t *testing.T, d *direct) {
		t.Helper()
		d.edit = func(of string, state []byte) []byte {
			if of != address {
				return state
			}
			if !bytes.Contains(state, []byte(old)) {
				t.Errorf("%q is not in the state:\n%s", old, state)
			}
			return bytes.Replace(state, []byte(old), []byte(text), 1)
		}
	}
}

// An index whose new definition waits for the next phase is settled together
// with what stands beside it.
func TestSettledRedefinition(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	d := newDirect(t, db.URL())
	d.mustApply(settledConfiguration)
	expanded := strings.Replace(settledConfiguration, `keys  = [{ expression = "lower(email)" }]`, `keys  = [{ column = "email" }]
  phase = "expand"`, 1)
	d.mustApply(expanded)
	if got := d.shortcuts(expanded)["pgphase_index.i"]; got != allSettled {
		t.Errorf("expanded: %s", got)
	}
	db.Exec(t, "DROP INDEX "+schema.DerivedName("new", "public", "t_email_idx").Quote())
	if got := d.shortcuts(expanded)["pgphase_index.i"]; got != "upgrade" {
		t.Errorf("without its new index: %s", got)
	}
	if changes, err := d.plan(expanded); err != nil || len(changes) != 1 {
		t.Errorf("%d changes, want the new index again: %v", len(changes), err)
	}
}

// A settled object is a declaration like any other.
func TestSettledDeclarations(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	d := newDirect(t, db.URL())
	d.mustApply(settledConfiguration)
	again := `
resource "pgphase_column" "again" {
  table = %s
  name  = "email"
  type  = "text"
}
`
	for name, hcl := range map[string]string{
		"after the table":  settledConfiguration + fmt.Sprintf(again, "pgphase_table.t.id"),
		"before the table": fmt.Sprintf(again, `"public.t"`) + settledConfiguration,
	} {
		if _, err := d.plan(hcl); err == nil || !strings.Contains(err.Error(), "public.t.email is declared twice") {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.mustPlanNothing(settledConfiguration)
}

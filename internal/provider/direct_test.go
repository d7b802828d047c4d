// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// direct applies configurations by the provider's protocol, in this process,
// as Terraform does: read, plan, plan once more in another process, apply.
// Hundreds of interrupted applies take seconds that way. What Terraform itself
// adds to it is the subject of the tests that run it.
type direct struct {
	t        testing.TB
	settings map[string]any
	// state is in the order of creation.
	state []directObject
	// lost reports that the process of the apply has been killed: nobody hears
	// what it answered.
	lost func() bool
	// edit changes a stored state before shortcuts reads it.
	edit func(address string, state []byte) []byte
}

// directObject is an object of the state. It is not changed once it is made.
type directObject struct {
	address, typeName string
	value             tftypes.Value
	private           []byte
	identity          *tfprotov6.ResourceIdentityData
}

// directChange is what a plan says about one object. planned is null for one
// that goes away, prior for a new one.
type directChange struct {
	directObject

	prior, config, proposed, planned tftypes.Value
	priorPrivate                     []byte
	priorIdentity                    *tfprotov6.ResourceIdentityData
}

// diagnosticsError are errors that the provider reported.
type diagnosticsError struct{ text string }

func (e *diagnosticsError) Error() string { return e.text }

func newDirect(t testing.TB, url string) *direct {
	t.Helper()
	return &direct{t: t, settings: map[string]any{"url": url, "deletion_protection": false}, lost: func() bool { return false }}
}

// fork returns one that begins with the same state and shares nothing.
func (d *direct) fork(url string) *direct {
	d.t.Helper()
	fork := newDirect(d.t, url)
	fork.state = slices.Clone(d.state)
	return fork
}

// process is one run of the provider.
type process struct {
	*testProvider

	schemas map[string]*tfprotov6.Schema
}

func (d *direct) process() *process {
	d.t.Helper()
	schemas := providerSchemas()
	server := NewServer("test")
	d.t.Cleanup(server.Close)
	p := &testProvider{d.t, server, schemas.Provider.ValueType().(tftypes.Object)}
	p.mustConfigure(d.settings)
	return &process{p, schemas.ResourceSchemas}
}

// providerSchemas are the same for every process.
var providerSchemas = sync.OnceValue(func() *tfprotov6.GetProviderSchemaResponse {
	schemas, err := NewServer("test").GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		panic(err)
	}
	return schemas
})

// dynamic encodes a value as Terraform does, by its own library: equal values
// are equal bytes.
func (p *process) dynamic(typeName string, value tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	typ := p.schemas[typeName].ValueType()
	dynamic, err := tfprotov6.NewDynamicValue(typ, value)
	if err != nil {
		p.t.Fatal(err)
	}
	ctyType := ctyTypes(typeName)
	ctyValue, err := msgpack.Unmarshal(dynamic.MsgPack, ctyType)
	if err != nil {
		p.t.Fatal(err)
	}
	encoded, err := msgpack.Marshal(ctyValue, ctyType)
	if err != nil {
		p.t.Fatal(err)
	}
	return &tfprotov6.DynamicValue{MsgPack: encoded}
}

// ctyTypes is the type of a resource as Terraform has it.
func ctyTypes(typeName string) cty.Type {
	description, err := json.Marshal(providerSchemas().ResourceSchemas[typeName].ValueType())
	if err != nil {
		panic(err)
	}
	typ, err := ctyjson.UnmarshalType(description)
	if err != nil {
		panic(err)
	}
	return typ
}

func (p *process) value(typeName string, dynamic *tfprotov6.DynamicValue) tftypes.Value {
	p.t.Helper()
	typ := p.schemas[typeName].ValueType()
	if dynamic == nil {
		return tftypes.NewValue(typ, nil)
	}
	value, err := dynamic.Unmarshal(typ)
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

// check returns the errors among diagnostics. A failure of the transport is
// one of the test.
func (p *process) check(address string, diagnostics []*tfprotov6.Diagnostic, err error) error {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	refused := slices.DeleteFunc(slices.Clone(diagnostics), func(d *tfprotov6.Diagnostic) bool {
		return d.Severity != tfprotov6.DiagnosticSeverityError
	})
	if len(refused) == 0 {
		return nil
	}
	return &diagnosticsError{address + ": " + diagnosticTexts(refused)}
}

// plan refreshes the state and plans a configuration.
func (d *direct) plan(hcl string) ([]directChange, error) {
	d.t.Helper()
	p := d.process()
	defer p.server.Close()
	if err := d.refresh(p); err != nil {
		return nil, err
	}
	var changes, removed []directChange
	names := references{}
	declared := map[string]bool{}
	for _, block := range parseConfiguration(d.t, hcl) {
		typ := p.schemas[block.typeName].ValueType()
		change := directChange{
			directObject: directObject{address: block.address(), typeName: block.typeName},
			config:       block.value(d.t, typ, names), prior: tftypes.NewValue(typ, nil),
		}
		declared[change.address] = true
		change.from(d.state)
		change.proposed = proposed(p.schemas[block.typeName].Block.Attributes, change.prior, change.config)
		validated, err := p.server.ValidateResourceConfig(d.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: change.typeName, Config: p.dynamic(change.typeName, change.config),
		})
		if err := p.check(change.address, validated.Diagnostics, err); err != nil {
			return nil, err
		}
		if err := p.planChange(&change); err != nil {
			return nil, err
		}
		names.add(block, change.planned)
		if !change.planned.Equal(change.prior) {
			changes = append(changes, change)
		}
	}
	for _, object := range slices.Backward(d.state) {
		if declared[object.address] {
			continue
		}
		nothing := tftypes.NewValue(p.schemas[object.typeName].ValueType(), nil)
		change := directChange{directObject: directObject{address: object.address, typeName: object.typeName}, config: nothing, proposed: nothing}
		change.from(d.state)
		if err := p.planChange(&change); err != nil {
			return nil, err
		}
		removed = append(removed, change)
	}
	return append(removed, changes...), nil
}

func (c *directChange) from(state []directObject) {
	for _, object := range state {
		if object.address == c.address {
			c.prior, c.priorPrivate, c.priorIdentity = object.value, object.private, object.identity
		}
	}
}

// refresh is what Terraform does with a state that it reads.
func (d *direct) refresh(p *process) error {
	d.t.Helper()
	var kept []directObject
	for _, object := range d.state {
		raw, err := json.Marshal(plainValue(d.t, object.value))
		if err != nil {
			d.t.Fatal(err)
		}
		upgraded, err := p.server.UpgradeResourceState(d.t.Context(), &tfprotov6.UpgradeResourceStateRequest{
			TypeName: object.typeName, Version: p.schemas[object.typeName].Version, RawState: &tfprotov6.RawState{JSON: raw},
		})
		if err := p.check(object.address, upgraded.Diagnostics, err); err != nil {
			return err
		}
		read, err := p.server.ReadResource(d.t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: object.typeName, CurrentState: p.dynamic(object.typeName, p.value(object.typeName, upgraded.UpgradedState)), Private: object.private, CurrentIdentity: object.identity,
		})
		if err := p.check(object.address, read.Diagnostics, err); err != nil {
			return err
		}
		object.value, object.private, object.identity = p.value(object.typeName, read.NewState), read.Private, read.NewIdentity
		if !object.value.IsNull() {
			if object.identity == nil {
				d.t.Errorf("%s: read without a resource identity", object.address)
			}
			kept = append(kept, object)
		}
	}
	d.state = kept
	return nil
}

func (p *process) planChange(c *directChange) error {
	p.t.Helper()
	planned, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.typeName, PriorState: p.dynamic(c.typeName, c.prior), ProposedNewState: p.dynamic(c.typeName, c.proposed),
		Config: p.dynamic(c.typeName, c.config), PriorPrivate: c.priorPrivate, PriorIdentity: c.priorIdentity,
	})
	if err := p.check(c.address, planned.Diagnostics, err); err != nil {
		return err
	}
	if len(planned.RequiresReplace) > 0 {
		p.t.Errorf("%s: the plan wants to replace it: %v", c.address, planned.RequiresReplace)
	}
	c.planned, c.private, c.identity = p.value(c.typeName, planned.PlannedState), planned.PlannedPrivate, planned.PlannedIdentity
	return nil
}

// apply runs a plan in another process and keeps its results until the first
// error.
func (d *direct) apply(changes []directChange) error {
	d.t.Helper()
	p := d.process()
	defer p.server.Close()
	for _, change := range changes {
		again := change
		if err := p.planChange(&again); err != nil {
			return err
		}
		if !again.planned.Equal(change.planned) {
			d.t.Errorf("%s: the second plan is another one:\n%v\nthan the first:\n%v", change.address, again.planned, change.planned)
		}
		applied, err := p.server.ApplyResourceChange(d.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
			TypeName: change.typeName, PriorState: p.dynamic(change.typeName, change.prior), PlannedState: p.dynamic(change.typeName, change.planned),
			Config: p.dynamic(change.typeName, change.config), PlannedPrivate: change.private, PlannedIdentity: change.identity,
		})
		if d.lost() {
			return errors.New("killed")
		}
		failed := p.check(change.address, applied.Diagnostics, err)
		change.value, change.private, change.identity = p.value(change.typeName, applied.NewState), applied.Private, applied.NewIdentity
		d.keep(change.directObject)
		if failed != nil {
			return failed
		}
		if !change.value.IsNull() && !change.planned.Equal(change.value) {
			d.t.Errorf("%s: applied\n%v\nplanned\n%v", change.address, change.value, change.planned)
		}
	}
	return nil
}

func (d *direct) keep(object directObject) {
	at := slices.IndexFunc(d.state, func(o directObject) bool { return o.address == object.address })
	state := slices.Clone(d.state)
	switch {
	case at >= 0 && object.value.IsNull():
		state = slices.Delete(state, at, at+1)
	case at >= 0:
		state[at] = object
	case !object.value.IsNull():
		state = append(state, object)
	}
	d.state = state
}

// mustApply plans and applies.
func (d *direct) mustApply(hcl string) {
	d.t.Helper()
	changes, err := d.plan(hcl)
	if err == nil {
		err = d.apply(changes)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// mustPlanNothing fails unless the configuration is what the database has.
func (d *direct) mustPlanNothing(hcl string) {
	d.t.Helper()
	changes, err := d.plan(hcl)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, change := range changes {
		d.t.Errorf("%s still has to be changed:\n%s\n%v\nto\n%v", change.address, strings.Join(plannedSQL(d.t, change), ""), change.prior, change.planned)
	}
}

// plannedSQL returns the texts of the planned operations. A destroy has none
// in its planned value.
func plannedSQL(t testing.TB, change directChange) []string {
	t.Helper()
	object, _ := plainValue(t, change.planned).(map[string]any)
	operations, _ := object[operationsAttribute].([]any)
	texts := make([]string, len(operations))
	for i, operation := range operations {
		texts[i] = fmt.Sprint(operation.(map[string]any)["sql"])
	}
	return texts
}

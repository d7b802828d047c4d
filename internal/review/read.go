// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// defaultLockTimeout is that of the provider.
const defaultLockTimeout = "500ms"

// typePrefix begins the types of pgphase's resources.
const typePrefix = "pgphase_"

// Input is what a report is made from. One of Plan and Stream may be nil.
type Input struct {
	// Name tells several reports apart; it may be empty.
	Name string
	// Plan is what `terraform show -json` writes of a saved plan. Without it the
	// plan has failed, and the report has the errors of the stream.
	Plan io.Reader
	// Stream is what `terraform plan -json` writes: it has the warnings.
	Stream io.Reader
	// Locate returns where a resource is declared; nil, or an empty source,
	// where that is not known.
	Locate func(module []string, resourceType, name string) Source
	// Base is put before the files of all places: the directory of the
	// configuration within the repository. It may be empty.
	Base string
}

// Read makes the report of a plan.
func Read(in Input) (*Report, error) {
	r := &Report{Format: Format, Name: in.Name, Failed: in.Plan == nil, LockTimeout: defaultLockTimeout, Changes: []Change{}, Findings: []Finding{}}
	var said stream
	if in.Plan == nil && in.Stream == nil {
		return nil, ErrNothing
	}
	if in.Stream != nil {
		read, err := readStream(in.Stream)
		if err != nil {
			return nil, err
		}
		said, r.Warned = *read, true
	}
	if in.Plan != nil {
		plan, err := readPlan(in.Plan)
		if err != nil {
			return nil, err
		}
		if err := r.addPlan(plan, in.Locate); err != nil {
			return nil, err
		}
	}
	if err := r.addDiagnostics(said.diagnostics); err != nil {
		return nil, err
	}
	for i := range r.Changes {
		r.Changes[i].answer(r.LockTimeout)
	}
	r.judge()
	r.moveSources(in.Base)
	return r, nil
}

// NotAPlanError is an input that is no plan in JSON.
type NotAPlanError struct{ Reason string }

func (e *NotAPlanError) Error() string {
	return "this is not a plan as `terraform show -json` writes it: " + e.Reason
}

func readPlan(from io.Reader) (*tfjson.Plan, error) {
	content, err := io.ReadAll(from)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	switch {
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return nil, &NotAPlanError{"it is a saved plan. Write `terraform show -json tfplan > tfplan.json`"}
	case len(bytes.TrimSpace(content)) == 0:
		return nil, &NotAPlanError{"it is empty"}
	}
	plan := &tfjson.Plan{}
	if err := json.Unmarshal(content, plan); err != nil {
		return nil, &NotAPlanError{err.Error()}
	}
	return plan, nil
}

func (r *Report) addPlan(plan *tfjson.Plan, locate func([]string, string, string) Source) error {
	policy := providerSettings(plan.Config, r)
	for _, rc := range plan.ResourceChanges {
		if rc.Mode != tfjson.ManagedResourceMode || rc.Change == nil {
			continue
		}
		action := actionOf(rc.Change)
		if !strings.HasPrefix(rc.Type, typePrefix) {
			if action != None || rc.Change.Importing != nil {
				r.Others++
			}
			continue
		}
		c, err := newChange(rc, action, policy)
		if err != nil {
			return fmt.Errorf("%s: %w", rc.Address, err)
		}
		if locate != nil {
			c.Source = locate(moduleOf(rc.ModuleAddress), rc.Type, rc.Name)
		}
		if action != None || c.Imported || len(c.Operations) > 0 {
			r.Changes = append(r.Changes, c)
		}
	}
	return nil
}

// moduleOf returns the names of the calls that lead to a module, without the
// keys of their instances: module.a["x"].module.b is a, b.
func moduleOf(address string) []string {
	var names []string
	depth, quoted := 0, false
	var part strings.Builder
	end := func() {
		if name := part.String(); name != "" && name != "module" {
			names = append(names, name)
		}
		part.Reset()
	}
	for i := 0; i < len(address); i++ {
		switch c := address[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth > 0:
		case c == '.':
			end()
		default:
			part.WriteByte(c)
		}
	}
	end()
	return names
}

func actionOf(c *tfjson.Change) Action {
	a := c.Actions
	switch {
	case a.Create():
		return Create
	case a.Update():
		return Update
	case a.Delete():
		return Delete
	case a.Forget():
		return Forget
	case c.Importing != nil:
		return Import
	}
	return None
}

// values are the attributes of a resource that a report is about.
type values struct {
	ID          string   `json:"id"`
	Phase       string   `json:"phase"`
	Retained    []string `json:"retained"`
	Destructive bool     `json:"destructive"`
	Acknowledge []string `json:"acknowledge"`
	Operations  []struct {
		Phase   string   `json:"phase"`
		SQL     string   `json:"sql"`
		Lock    string   `json:"lock"`
		Effect  string   `json:"effect"`
		Hazards []string `json:"hazards"`
	} `json:"operations"`
}

// valuesOf reads the known values of an object. Attributes with other types than
// pgphase's belong to a version of it that this one does not know.
func valuesOf(object any) (values, error) {
	var v values
	text, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		return v, fmt.Errorf("the attributes are not those of this version of pgphase: %w", err)
	}
	return v, nil
}

func newChange(rc *tfjson.ResourceChange, action Action, policy hazard.Policy) (Change, error) {
	c := Change{
		Address: rc.Address, Type: rc.Type, Action: action, Imported: rc.Change.Importing != nil,
		Operations: []Operation{}, Retained: []string{}, Released: []string{}, Findings: []Finding{}, Breaks: []string{},
	}
	before, err := valuesOf(rc.Change.Before)
	if err != nil {
		return c, err
	}
	after, err := valuesOf(rc.Change.After)
	if err != nil {
		return c, err
	}
	unknown, _ := rc.Change.AfterUnknown.(map[string]any)
	c.Unknown = unknown["operations"] == true
	c.Object = cmp.Or(after.ID, before.ID)
	c.Phase = schema.Phase(after.Phase)
	c.Destructive = after.Destructive || action == Delete
	c.Retained = append(c.Retained, after.Retained...)
	for _, object := range before.Retained {
		if !slices.Contains(after.Retained, object) && unknown["retained"] != true {
			c.Released = append(c.Released, object)
		}
	}
	if action == None {
		return c, nil // operations are those of an apply before
	}
	for _, o := range after.Operations {
		operation, err := newOperation(o.Phase, o.SQL, o.Lock, o.Effect)
		if err != nil {
			return c, err
		}
		for _, id := range o.Hazards {
			operation.Hazards = append(operation.Hazards, hazard.ID(id))
		}
		c.Operations = append(c.Operations, operation)
	}
	c.addHazards(policy, after.Acknowledge)
	return c, nil
}

func newOperation(phase, sql, lock, effect string) (Operation, error) {
	o := Operation{Phase: schema.Phase(phase), SQL: sql, Effect: effect, Locks: []Lock{}, Hazards: []hazard.ID{}}
	parsed, err := planner.ParseEffect(effect)
	if err != nil {
		return o, err
	}
	o.Lasts, o.Drops = parsed.Lasts(), parsed.Drops
	locks, err := planner.ParseLocks(lock)
	if err != nil {
		return o, err
	}
	for _, l := range locks {
		stops := StopsNothing
		switch {
		case l.Mode.BlocksReads():
			stops = StopsAll
		case l.Mode.BlocksWrites():
			stops = StopsWrites
		}
		o.Locks = append(o.Locks, Lock{Table: strings.TrimPrefix(l.String(), l.Mode.String()+" on "), Mode: l.Mode.String(), Stops: stops})
	}
	return o, nil
}

// addHazards lists the hazards of the operations, once each. A plan that could
// be saved has no errors left: an id that could be one was acknowledged, or its
// data is as it should be.
func (c *Change) addHazards(policy hazard.Policy, acknowledged []string) {
	for _, o := range c.Operations {
		for _, id := range o.Hazards {
			if slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Hazard == id }) {
				continue
			}
			f := Finding{Hazard: id, Summary: string(id), Severity: hazard.Info.String(), general: true}
			severity := policy.Severity(id, hazard.Info, slices.Contains(acknowledged, string(id)))
			if severity >= hazard.Warning {
				f.Severity = hazard.Warning.String()
			}
			if h, known := hazard.Lookup(id); known {
				f.Summary, f.Detail = h.Title, h.Why+" "+h.Next
			}
			c.Findings = append(c.Findings, f)
		}
	}
}

// addDiagnostics puts warnings and errors to the changes that they are about.
func (r *Report) addDiagnostics(diagnostics []tfjson.Diagnostic) error {
	for _, d := range diagnostics {
		f := finding(d)
		c := r.about(d)
		if c == nil {
			if d.Address != "" {
				f.Summary = d.Address + ": " + f.Summary
			}
			r.Findings = append(r.Findings, f)
			continue
		}
		if c.Action == Delete {
			said, err := c.readDestruction(&f)
			if err != nil {
				return err
			}
			if said {
				continue
			}
		}
		// What the plan says of this object beats what the catalog says in general.
		c.Findings = slices.DeleteFunc(c.Findings, func(known Finding) bool { return f.Hazard != "" && known.Hazard == f.Hazard && known.general })
		c.Findings = append(c.Findings, f)
	}
	return nil
}

// about returns the change that a diagnostic is about, or nil. Of a resource that
// is destroyed Terraform leaves the address out, but its object is named.
func (r *Report) about(d tfjson.Diagnostic) *Change {
	var found *Change
	for i := range r.Changes {
		c := &r.Changes[i]
		switch {
		case d.Address != "" && c.Address == d.Address:
			return c
		case d.Address == "" && d.Range == nil && c.Action == Delete && c.Object != "" && mentions(d.Summary, c.Object) &&
			(found == nil || len(c.Object) > len(found.Object)):
			found = c
		}
	}
	return found
}

// mentions looks for a name that is not a part of a longer one.
func mentions(text, name string) bool {
	const within = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$."
	for rest := text; ; {
		before, after, found := strings.Cut(rest, name)
		if !found {
			return false
		}
		if (before == "" || !strings.ContainsAny(before[len(before)-1:], within)) && (after == "" || !strings.ContainsAny(after[:1], within)) {
			return true
		}
		rest = after
	}
}

// providerSettings reads what the provider blocks say as constants: the policy,
// and lock_timeout where all of them have the same.
func providerSettings(config *tfjson.Config, r *Report) hazard.Policy {
	settings := map[string]string{}
	timeouts := map[string]bool{}
	if config != nil {
		for _, p := range config.ProviderConfigs {
			if p == nil || p.Name != "pgphase" {
				continue
			}
			timeout := defaultLockTimeout
			if text, ok := constant(p.Expressions["lock_timeout"]).(string); ok {
				timeout = text
			}
			timeouts[timeout] = true
			levels, _ := constant(p.Expressions["hazards"]).(map[string]any)
			for id, level := range levels {
				if text, ok := level.(string); ok {
					settings[id] = text
				}
			}
		}
	}
	if len(timeouts) == 1 {
		for timeout := range timeouts {
			r.LockTimeout = timeout
		}
	}
	policy, _ := hazard.NewPolicy(settings) // what it refuses, the provider has refused
	return policy
}

func constant(e *tfjson.Expression) any {
	if e == nil || e.ExpressionData == nil {
		return nil
	}
	return e.ConstantValue
}

// ErrNothing is an input without a plan and without a stream.
var ErrNothing = errors.New("there is neither a plan nor a stream")

// moveSources puts a directory before the files of all places.
func (r *Report) moveSources(base string) {
	move := func(s *Source) {
		if s.File != "" && base != "" {
			s.File = path.Join(base, s.File)
		}
	}
	findings := func(list []Finding) {
		for i := range list {
			move(&list[i].Source)
		}
	}
	findings(r.Findings)
	for i := range r.Changes {
		move(&r.Changes[i].Source)
		findings(r.Changes[i].Findings)
	}
}

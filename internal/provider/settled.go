// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Most resources of most runs have nothing to do. An object is settled when its
// last apply ended with nothing left to run; as long as the server has the same
// object and the configuration is the same to the byte, neither a refresh nor a
// plan has to look closer. The server answers for settled objects before the
// framework decodes anything, which takes it fifty times as long as the answer
// (docs/decisions/0008). Whatever is not exactly as it was left goes the long way.

// settlement is what an apply leaves in private data.
type settlement struct {
	// Settled identifies the configuration that was applied (see
	// [Server.settlementOf]) with nothing left to run; empty after anything else.
	Settled string `json:"settled,omitempty"`
	// Silent says that nothing was to be said about that configuration.
	Silent bool `json:"silent,omitempty"`
}

// settlementOf identifies a configuration together with what else ends up in a
// state or is said about it: the rules of this version and the provider's
// settings. To compare plan
// and state is not enough: Terraform keeps the prior value of an attribute that a
// configuration no longer sets and that the provider may compute.
// Terraform encodes equal values in equal bytes: attributes and the keys of
// maps are sorted.
func (s *Server) settlementOf(db *database, typeName string, config *tfprotov6.DynamicValue) string {
	if config == nil || len(config.MsgPack) == 0 {
		return ""
	}
	hash := sha256.New()
	// What is printed of maps is sorted.
	fmt.Fprintf(hash, "%q %q %t %v ", s.provider.version, typeName, db.deletionProtection, db.hazards)
	hash.Write(config.MsgPack)
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// settlementKey is that of a context in which a configuration is applied.
type settlementKey struct{}

// settledBy is what an apply has reached.
func settledBy[O any](ctx context.Context, done applied[O]) settlement {
	reached, _ := ctx.Value(settlementKey{}).(settlement)
	if !done.settled {
		return settlement{}
	}
	return reached
}

// ApplyResourceChange tells Create and Update which configuration they apply.
func (s *Server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if db := s.provider.current(); db != nil && servedTypes()[req.TypeName] != nil && !isAbsent(req.PlannedState) {
		reached := settlement{Settled: s.settlementOf(db, req.TypeName, req.Config)}
		said, err := s.protocolServer.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: req.TypeName, Config: req.Config})
		reached.Silent = err == nil && len(said.Diagnostics) == 0
		ctx = context.WithValue(ctx, settlementKey{}, reached)
	}
	return s.protocolServer.ApplyResourceChange(ctx, req)
}

// ReadResource answers that a settled object is what it was: state and private
// data stay.
func (s *Server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	if resp := s.refreshed(ctx, req); resp != nil {
		return resp, nil
	}
	return s.protocolServer.ReadResource(ctx, req)
}

func (s *Server) refreshed(ctx context.Context, req *tfprotov6.ReadResourceRequest) *tfprotov6.ReadResourceResponse {
	db, kind := s.provider.current(), servedTypes()[req.TypeName]
	if db == nil || kind == nil || !db.known() || isAbsent(req.CurrentState) {
		return nil
	}
	snapshot := settledSnapshot(req.Private)
	if snapshot == nil {
		return nil
	}
	state, ok := readOutline(req.CurrentState.MsgPack)
	if !ok {
		return nil
	}
	identity := kind.unchanged(ctx, db, state, snapshot)
	if identity == nil {
		return nil
	}
	db.announcements.alive()
	if snapshot.Silent {
		s.silent.add(snapshot.Settled)
	}
	if req.CurrentIdentity != nil && !isAbsent(req.CurrentIdentity.IdentityData) {
		identity = req.CurrentIdentity
	}
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private, NewIdentity: identity}
}

// PlanResourceChange answers that there is nothing to plan where configuration
// and state say the same of a settled object.
func (s *Server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if s.nothingToPlan(ctx, req) {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: req.ProposedNewState, PlannedPrivate: req.PriorPrivate, PlannedIdentity: req.PriorIdentity}, nil
	}
	return s.protocolServer.PlanResourceChange(ctx, req)
}

func (s *Server) nothingToPlan(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) bool {
	db, kind := s.provider.current(), servedTypes()[req.TypeName]
	if db == nil || kind == nil || !db.known() || isAbsent(req.PriorState) || isAbsent(req.ProposedNewState) {
		return false
	}
	if !bytes.Equal(req.PriorState.MsgPack, req.ProposedNewState.MsgPack) {
		return false
	}
	snapshot := settledSnapshot(req.PriorPrivate)
	if snapshot == nil || snapshot.Settled != s.settlementOf(db, req.TypeName, req.Config) {
		return false
	}
	state, ok := readOutline(req.PriorState.MsgPack)
	if !ok || !kind.quiet(ctx, db, state) {
		return false
	}
	db.announcements.alive()
	return true
}

// saidNothing reports a configuration that was applied without a word being
// said about it, and that belongs to an object which has just been found
// unchanged. Validation knows the configuration only, so that it would say
// nothing again.
func (s *Server) saidNothing(req *tfprotov6.ValidateResourceConfigRequest) bool {
	db := s.provider.current()
	return db != nil && !s.silent.empty() && s.silent.has(s.settlementOf(db, req.TypeName, req.Config))
}

// settledSnapshot finds in the private data of a resource, which the framework
// keeps as a JSON object, an observed object that is settled; nil for any other.
func settledSnapshot(private []byte) *observedSnapshot {
	if len(private) == 0 {
		return nil
	}
	var keys map[string][]byte
	if json.Unmarshal(private, &keys) != nil {
		return nil
	}
	snapshot := &observedSnapshot{}
	if json.Unmarshal(keys[observedKey], snapshot) != nil || snapshot.Format != observedFormat || snapshot.Settled == "" {
		return nil
	}
	return snapshot
}

// isAbsent reports a value that is missing or null. One that is not MessagePack
// is not Terraform's, and as good as missing here.
func isAbsent(value *tfprotov6.DynamicValue) bool {
	const null = 0xc0 // of MessagePack
	return value == nil || len(value.MsgPack) == 0 || value.MsgPack[0] == null
}

// settlements is a set of them.
type settlements struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *settlements) add(settled string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[settled] = true
}

func (s *settlements) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen) == 0
}

func (s *settlements) has(settled string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[settled]
}

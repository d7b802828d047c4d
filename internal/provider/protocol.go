// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// protocolServer is all of protocol 6. The parts that a server may lack are
// found by type assertion: a wrapper that embeds only
// [tfprotov6.ProviderServer] silently loses them.
type protocolServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
	tfprotov6.StateStoreServer
}

// Server serves the provider by protocol 6. It is the framework's server but
// for what it answers itself of objects that have nothing to do (see
// settlement), for [Server.UpgradeResourceState] and for
// [Server.ValidateResourceConfig].
type Server struct {
	protocolServer
	provider *pgphaseProvider
	// silent are the configurations of settled objects about which nothing is
	// to be said.
	silent settlements
}

// NewServer returns a server for one process, or for one run of Terraform in a
// process that is attached to.
func NewServer(version string) *Server {
	p := &pgphaseProvider{version: version}
	//nolint:forcetypeassert // the framework has one server, and it answers all that protocolServer names; every test would panic
	return &Server{protocolServer: providerserver.NewProtocol6(p)().(protocolServer), provider: p}
}

// NewProtocol6 returns a factory of servers, as protocol tools want it.
func NewProtocol6(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer { return NewServer(version) }
}

// Close ends all sessions that the server opened.
func (s *Server) Close() { s.provider.close() }

// UpgradeResourceState forgets what the last apply did before the framework
// reads the state. Terraform asks for this whenever it reads a state, before
// anything is compared: to forget in ReadResource would be drift in each
// refresh-only plan, and to keep would show old statements as removed by the
// next change.
func (s *Server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	if req != nil && req.RawState != nil && len(req.RawState.JSON) > 0 {
		if is := servedTypes()[req.TypeName]; is != nil && is.schema.Version == req.Version {
			if packed, ok := transcode(req.RawState.JSON, is.stored); ok {
				return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{MsgPack: packed}}, nil
			}
		}
		state := *req.RawState
		state.JSON = forgetLastApply(state.JSON)
		upgrade := *req
		upgrade.RawState = &state
		req = &upgrade
	}
	return s.protocolServer.UpgradeResourceState(ctx, req)
}

// lastApply are the attributes that describe the last apply, with what they
// say when there is nothing to do. They mean the same in every resource.
var lastApply = map[string]json.RawMessage{
	"operations":     json.RawMessage(`[]`),
	"strongest_lock": json.RawMessage(`null`),
	"destructive":    json.RawMessage(`false`),
}

// forgetLastApply resets the attributes of lastApply that a state has. Only
// the outermost level is decoded: a state of a thousand tables passes here
// with each command.
// What cannot be decoded is for the framework to complain about.
func forgetLastApply(state []byte) []byte {
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(state, &attributes); err != nil {
		return state
	}
	changed := false
	for name, nothing := range lastApply {
		value, present := attributes[name]
		if present && !bytes.Equal(value, nothing) {
			attributes[name] = nothing
			changed = true
		}
	}
	if !changed {
		return state
	}
	forgotten, err := json.Marshal(attributes)
	if err != nil {
		return state
	}
	return forgotten
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The parts of the protocol that plugin-go finds by type assertion.
var (
	_ tfprotov6.ProviderServer                 = (*Server)(nil)
	_ tfprotov6.ProviderServerWithActions      = (*Server)(nil) //nolint:staticcheck // deprecated because it will be part of ProviderServer
	_ tfprotov6.ProviderServerWithListResource = (*Server)(nil) //nolint:staticcheck // the same
	_ tfprotov6.ProviderServerWithStateStores  = (*Server)(nil) //nolint:staticcheck // the same
)

func TestForgetLastApply(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ state, want string }{
		"what ran": {
			`{"name":"users","operations":[{"sql":"DROP"}],"strongest_lock":"ACCESS EXCLUSIVE","destructive":true}`,
			`{"destructive":false,"name":"users","operations":[],"strongest_lock":null}`,
		},
		"never written": {
			`{"operations":null,"strongest_lock":null,"destructive":null}`,
			`{"destructive":false,"operations":[],"strongest_lock":null}`,
		},
		"numbers keep their digits": {
			`{"destructive":true,"start":9223372036854775807}`,
			`{"destructive":false,"start":9223372036854775807}`,
		},
		"a type without these attributes": {`{"name":"users"}`, `{"name":"users"}`},
		"nested attributes are others":    {`{"column":{"operations":[1]}}`, `{"column":{"operations":[1]}}`},
		"no object":                       {`[1]`, `[1]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := forgetLastApply([]byte(test.state)); string(got) != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestForgetLastApplyLeavesFreshStateAlone(t *testing.T) {
	t.Parallel()
	state := []byte(`{"strongest_lock":null,"operations":[],"destructive":false}`)
	if got := forgetLastApply(state); !bytes.Equal(got, state) || &got[0] != &state[0] {
		t.Errorf("copied to %s", got)
	}
}

// What Terraform sent is not ours to change.
func TestUpgradeLeavesRequestAlone(t *testing.T) {
	t.Parallel()
	state := []byte(`{"operations":[1]}`)
	req := &tfprotov6.UpgradeResourceStateRequest{TypeName: "pgphase_nothing", RawState: &tfprotov6.RawState{JSON: state}}
	resp, err := NewServer("test").UpgradeResourceState(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) == 0 {
		t.Error("there is no such type, and nobody says so")
	}
	if string(req.RawState.JSON) != `{"operations":[1]}` {
		t.Errorf("request changed to %s", req.RawState.JSON)
	}
}

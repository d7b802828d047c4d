// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ValidateResourceConfig tidies what the framework collects: it runs the
// validators of attributes and that of the resource, though neither knows of
// the other, and both see a name that is too long.
func (s *Server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	if s.saidNothing(req) || s.silentAbout(ctx, req) {
		return &tfprotov6.ValidateResourceConfigResponse{}, nil
	}
	resp, err := s.protocolServer.ValidateResourceConfig(ctx, req)
	if resp != nil {
		resp.Diagnostics = withoutRepetitions(resp.Diagnostics)
		for _, d := range resp.Diagnostics {
			d.Attribute = shownAttribute(d.Attribute)
		}
	}
	return resp, err
}

// withoutRepetitions drops diagnostics whose whole detail another one says too.
func withoutRepetitions(diagnostics []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	var kept []*tfprotov6.Diagnostic
	for i, d := range diagnostics {
		repeated := false
		for j, other := range diagnostics {
			same := d.Severity == other.Severity && strings.Contains(other.Detail, strings.TrimSuffix(d.Detail, "."))
			repeated = repeated || i != j && same && (d.Detail != other.Detail || d.Attribute.Equal(other.Attribute) && j < i)
		}
		if !repeated {
			kept = append(kept, d)
		}
	}
	return kept
}

// shownAttribute is [shown] for the paths of the protocol.
func shownAttribute(p *tftypes.AttributePath) *tftypes.AttributePath {
	steps := p.Steps()
	if len(steps) <= 1 {
		return p
	}
	if _, nested := steps[1].(tftypes.AttributeName); nested {
		return tftypes.NewAttributePathWithSteps(steps[:1])
	}
	return tftypes.NewAttributePathWithSteps(steps[:2])
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestWithoutRepetitions(t *testing.T) {
	t.Parallel()
	diagnostic := func(summary, detail string, at *tftypes.AttributePath) *tfprotov6.Diagnostic {
		return &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: summary, Detail: detail, Attribute: at}
	}
	a, b := tftypes.NewAttributePath().WithAttributeName("a"), tftypes.NewAttributePath().WithAttributeName("b")
	kept := withoutRepetitions([]*tfprotov6.Diagnostic{
		diagnostic("validator", "x is too long.", a),
		diagnostic("resource", "The name x is too long. Shorten it.", a),
		diagnostic("first", "must be set", a),
		diagnostic("again", "must be set", a),
		diagnostic("elsewhere", "must be set", b),
	})
	var got string
	for _, d := range kept {
		got += d.Summary + " "
	}
	if got != "resource first elsewhere " {
		t.Errorf("kept %s", got)
	}
}

func TestShownAttribute(t *testing.T) {
	t.Parallel()
	column := tftypes.NewAttributePath().WithAttributeName("columns").WithElementKeyString("id")
	for _, test := range []struct{ path, want *tftypes.AttributePath }{
		{nil, nil},
		{tftypes.NewAttributePath().WithAttributeName("name"), tftypes.NewAttributePath().WithAttributeName("name")},
		{column, column},
		{column.WithAttributeName("type"), column},
		{tftypes.NewAttributePath().WithAttributeName("references").WithAttributeName("table"), tftypes.NewAttributePath().WithAttributeName("references")},
	} {
		if got := shownAttribute(test.path); !got.Equal(test.want) {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
}

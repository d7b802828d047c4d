// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// labelled is an object that needs a label: short where that is unambiguous,
// else long.
type labelled struct{ short, long string }

// qualifiedLabel names the schema where the label would be ambiguous; public is
// the one that is left out.
func qualifiedLabel(name schema.QualifiedName) labelled {
	short := identifier(name.Name)
	if name.Schema == "public" {
		return labelled{short, short}
	}
	return labelled{short, identifier(name.Schema, name.Name)}
}

// assign gives every object a label of its own, in their order.
func assign(objects []labelled) []string {
	count := map[string]int{}
	for _, o := range objects {
		count[o.short]++
	}
	taken := map[string]bool{}
	labels := make([]string, len(objects))
	for i, o := range objects {
		if count[o.short] == 1 {
			labels[i], taken[o.short] = o.short, true
		}
	}
	for i, o := range objects {
		if labels[i] != "" {
			continue
		}
		label := o.long
		for n := 2; taken[label]; n++ {
			label = fmt.Sprintf("%s_%d", o.long, n)
		}
		labels[i], taken[label] = label, true
	}
	return labels
}

// identifier turns names into one identifier of HCL, in Terraform's usual lower
// case with underscores: task_run for TaskRun.
func identifier(names ...schema.Name) string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = string(name)
	}
	runes := []rune(strings.Join(words, "_"))
	var b strings.Builder
	last := rune(0)
	write := func(r rune) {
		b.WriteRune(r)
		last = r
	}
	for i, r := range runes {
		if startsWord(runes, i) && last != '_' {
			write('_')
		}
		r = unicode.ToLower(r)
		switch {
		case r == '_' || hclsyntax.ValidIdentifier("a"+string(r)) && r != '-':
			write(r)
		case last != '_':
			write('_')
		}
	}
	label := b.String()
	if !hclsyntax.ValidIdentifier(label) {
		label = "_" + label // begins with a digit, or there is nothing
	}
	return label
}

// startsWord reports a capital letter that begins a word: R in TaskRun, and in
// HTTPRequest.
func startsWord(runes []rune, i int) bool {
	if i == 0 || !unicode.IsUpper(runes[i]) {
		return false
	}
	before := runes[i-1]
	return unicode.IsLower(before) || unicode.IsDigit(before) ||
		unicode.IsUpper(before) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Neighbours are what tables need besides themselves. Tables refer to those that
// are declared, and name the others.
type Neighbours struct {
	Schemas   []schema.Namespace
	Enums     []schema.Enum
	Sequences []schema.Sequence
}

// Group are all resources of one kind that belong to no table.
type Group struct {
	// Name is the kind in the plural: schemas, enums, sequences.
	Name string
	// HCL is formatted as terraform fmt does.
	HCL []byte
}

// neighbourLabels are the labels of the resources that tables refer to.
type neighbourLabels struct {
	schemas          map[schema.Name]string
	enums, sequences map[schema.QualifiedName]string
}

// neighbours writes what belongs to no table.
func (w *writer) neighbours(n Neighbours) {
	w.neighbour = neighbourLabels{map[schema.Name]string{}, map[schema.QualifiedName]string{}, map[schema.QualifiedName]string{}}
	schemas := declarable(w, n.Schemas, func(s schema.Namespace) (string, *object) { return s.Name.Quote(), schemaBody(s) })
	enums := declarable(w, n.Enums, func(e schema.Enum) (string, *object) { return e.Name.String(), enumBody(e) })
	sequences := declarable(w, n.Sequences, func(s schema.Sequence) (string, *object) { return s.Name.String(), sequenceBody(s) })
	for i, label := range labelsOf(schemas, func(s schema.Namespace) labelled { return labelled{identifier(s.Name), identifier(s.Name)} }) {
		w.neighbour.schemas[schemas[i].Name] = label
	}
	for i, label := range labelsOf(enums, func(e schema.Enum) labelled { return qualifiedLabel(e.Name) }) {
		w.neighbour.enums[enums[i].Name] = label
	}
	for i, label := range labelsOf(sequences, func(s schema.Sequence) labelled { return qualifiedLabel(s.Name) }) {
		w.neighbour.sequences[sequences[i].Name] = label
	}
	w.group("schemas", func() {
		for _, s := range schemas {
			w.resource("pgphase_schema", w.neighbour.schemas[s.Name], s.Name.Quote(), schemaBody(s))
		}
	})
	w.group("enums", func() {
		for _, e := range enums {
			w.resource("pgphase_enum", w.neighbour.enums[e.Name], e.Name.String(), w.refer(enumBody(e)))
		}
	})
	w.group("sequences", func() {
		for _, s := range sequences {
			w.resource("pgphase_sequence", w.neighbour.sequences[s.Name], s.Name.String(), w.refer(sequenceBody(s)))
		}
	})
}

// declarable leaves out what Terraform would write in another form.
func declarable[O any](w *writer, all []O, describe func(O) (string, *object)) []O {
	var kept []O
	for _, o := range all {
		if id, body := describe(o); normalized(body) {
			kept = append(kept, o)
		} else {
			w.omit("objects with a name or text that is not normalized Unicode", id)
		}
	}
	return kept
}

func labelsOf[O any](all []O, label func(O) labelled) []string {
	labels := make([]labelled, len(all))
	for i, o := range all {
		labels[i] = label(o)
	}
	return assign(labels)
}

func (w *writer) group(name string, write func()) {
	w.blocks = nil
	write()
	if len(w.blocks) > 0 {
		w.Groups = append(w.Groups, Group{name, bytes.Join(w.blocks, []byte("\n"))})
	}
}

func schemaBody(s schema.Namespace) *object {
	body := &object{}
	body.add("name", text(s.Name))
	body.addText("comment", s.Comment)
	return body
}

func enumBody(e schema.Enum) *object {
	body := inSchema(e.Name)
	values := make(list, len(e.Values))
	for i, value := range e.Values {
		values[i] = text(value)
	}
	body.add("values", values)
	body.addText("comment", e.Comment)
	return body
}

func sequenceBody(s schema.Sequence) *object {
	body := inSchema(s.Name)
	if s.Type != "bigint" {
		body.add("type", text(s.Type))
	}
	addSequenceOptions(body, s.Options)
	body.addText("comment", s.Comment)
	return body
}

func inSchema(name schema.QualifiedName) *object {
	body := &object{}
	if name.Schema != "public" {
		body.add("schema", text(name.Schema))
	}
	body.add("name", text(name.Name))
	return body
}

// refer puts references in the place of the names of schemas, enums and
// sequences that are declared.
func (w *writer) refer(body *object) *object {
	for i, a := range body.attributes {
		switch v := a.value.(type) {
		case text:
			if label, ok := w.neighbour.schemas[schema.Name(v)]; ok && a.name == "schema" {
				body.attributes[i].value = traversal{"pgphase_schema", label, "name"}
			}
		case *object:
			if a.name != "columns" {
				continue
			}
			for _, c := range v.attributes {
				if column, ok := c.value.(*object); ok {
					w.referColumn(column)
				}
			}
		}
	}
	return body
}

func (w *writer) referColumn(column *object) {
	for i, a := range column.attributes {
		switch v := a.value.(type) {
		case text:
			if a.name == "type" {
				column.attributes[i].value = w.typeReference(v)
			}
		case expression:
			if a.name == "default" {
				column.attributes[i].value = w.sequenceReferences(v)
			}
		}
	}
}

// typeReference is an enum that is declared, or an array of it.
func (w *writer) typeReference(typ text) value {
	element := strings.TrimSuffix(string(typ), "[]")
	name, err := schema.ParseQualifiedName(element)
	label, declared := w.neighbour.enums[name]
	if err != nil || !declared {
		return typ
	}
	id := traversal{"pgphase_enum", label, "id"}
	if element == string(typ) {
		return id
	}
	return template{id, text("[]")}
}

// sequenceName matches a sequence in a default, as PostgreSQL prints it.
var sequenceName = regexp.MustCompile(`nextval\('((?:[^']|'')+)'`)

func (w *writer) sequenceReferences(e expression) value {
	if e.wantsHeredoc() {
		return e
	}
	var parts template
	end := 0
	for _, found := range sequenceName.FindAllStringSubmatchIndex(string(e), -1) {
		from, to := found[2], found[3]
		name, err := schema.ParseQualifiedName(strings.ReplaceAll(string(e[from:to]), "''", "'"))
		label, declared := w.neighbour.sequences[name]
		// An apostrophe is doubled in the literal, and not in the id.
		if err != nil || !declared || strings.Contains(string(e[from:to]), "'") {
			continue
		}
		parts = append(parts, text(e[end:from]), traversal{"pgphase_sequence", label, "id"})
		end = to
	}
	if parts == nil {
		return e
	}
	return append(parts, text(e[end:]))
}

// template is a string with references in it.
type template []value

func (t template) line() hclwrite.Tokens {
	tokens := hclwrite.Tokens{token(hclsyntax.TokenOQuote, `"`)}
	for _, part := range t {
		switch part := part.(type) {
		case text:
			quoted := hclwrite.TokensForValue(cty.StringVal(string(part)))
			tokens = append(tokens, quoted[1:len(quoted)-1]...)
		default:
			tokens = append(tokens, token(hclsyntax.TokenTemplateInterp, "${"))
			tokens = append(tokens, part.line()...)
			tokens = append(tokens, token(hclsyntax.TokenTemplateSeqEnd, "}"))
		}
	}
	return append(tokens, token(hclsyntax.TokenCQuote, `"`))
}

func (template) lines(int) hclwrite.Tokens { return nil }

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// lineWidth is how long a line may become by putting a value on it.
const lineWidth = 120

// heredocFrom is the length from which an expression is a heredoc though it has
// only one line.
const heredocFrom = 100

const indentWidth = 2

// value is what stands to the right of an equals sign.
type value interface {
	// line is the value on one line, or nil where it takes several.
	line() hclwrite.Tokens
	// lines is the value over several lines, of which the first one and the last
	// one belong to a line that is indented by so many levels.
	lines(level int) hclwrite.Tokens
}

// tokensOf renders a value in the room that is left on its line.
func tokensOf(v value, level, used int) hclwrite.Tokens {
	line := v.line()
	if line != nil && level*indentWidth+used+len(hclwrite.Format(line.Bytes())) <= lineWidth {
		return line
	}
	if lines := v.lines(level); lines != nil {
		return lines
	}
	return line
}

// constant is a number or a truth value.
type constant struct{ cty.Value }

func (c constant) line() hclwrite.Tokens   { return hclwrite.TokensForValue(c.Value) }
func (constant) lines(int) hclwrite.Tokens { return nil }

func truth(b bool) value { return constant{cty.BoolVal(b)} }

func integer[N int | int64](number N) value { return constant{cty.NumberIntVal(int64(number))} }

// text is a string between quotes.
type text string

func (s text) line() hclwrite.Tokens   { return hclwrite.TokensForValue(cty.StringVal(string(s))) }
func (text) lines(int) hclwrite.Tokens { return nil }

// traversal is a resource, or one of its attributes.
type traversal []string

func (t traversal) line() hclwrite.Tokens {
	steps := hcl.Traversal{hcl.TraverseRoot{Name: t[0]}}
	for _, name := range t[1:] {
		steps = append(steps, hcl.TraverseAttr{Name: name})
	}
	return hclwrite.TokensForTraversal(steps)
}

func (traversal) lines(int) hclwrite.Tokens { return nil }

// expression is an SQL expression: a heredoc where one line is too long for it.
type expression string

func (e expression) line() hclwrite.Tokens {
	if e.wantsHeredoc() {
		return nil
	}
	return hclwrite.TokensForValue(cty.StringVal(string(e)))
}

func (e expression) lines(level int) hclwrite.Tokens {
	if !e.wantsHeredoc() {
		return nil
	}
	indent := strings.Repeat(" ", (level+1)*indentWidth)
	wrapped := schema.Expression{Text: string(e)}.Wrapped()
	tokens := hclwrite.Tokens{{Type: hclsyntax.TokenOHeredoc, Bytes: []byte("<<-" + heredocEnd + "\n")}}
	for line := range strings.SplitSeq(wrapped, "\n") {
		line = strings.NewReplacer("${", "$${", "%{", "%%{").Replace(line)
		tokens = append(tokens, &hclwrite.Token{Type: hclsyntax.TokenStringLit, Bytes: []byte(indent + line + "\n")})
	}
	closing := strings.Repeat(" ", level*indentWidth) + heredocEnd
	return append(tokens, &hclwrite.Token{Type: hclsyntax.TokenCHeredoc, Bytes: []byte(closing)})
}

const heredocEnd = "SQL"

// wantsHeredoc reports a long text that is the same after the way through a
// heredoc, which takes the common indentation away and knows no escapes.
func (e expression) wantsHeredoc() bool {
	s := string(e)
	if !strings.Contains(s, "\n") && len(s) <= heredocFrom || strings.HasPrefix(s, " ") || strings.ContainsAny(s, "\t\r") {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if bare := strings.TrimSpace(line); bare == "" || bare == heredocEnd {
			return false
		}
	}
	return true
}

// list is a list of values.
type list []value

func (l list) line() hclwrite.Tokens {
	tokens := hclwrite.Tokens{token(hclsyntax.TokenOBrack, "[")}
	for i, v := range l {
		line := v.line()
		if line == nil {
			return nil
		}
		if i > 0 {
			tokens = append(tokens, token(hclsyntax.TokenComma, ","))
		}
		tokens = append(tokens, line...)
	}
	return append(tokens, token(hclsyntax.TokenCBrack, "]"))
}

func (l list) lines(level int) hclwrite.Tokens {
	if len(l) == 1 {
		if _, single := l[0].(*object); single { // keys = [{ ... }]
			tokens := append(hclwrite.Tokens{token(hclsyntax.TokenOBrack, "[")}, tokensOf(l[0], level, lineWidth)...)
			return append(tokens, token(hclsyntax.TokenCBrack, "]"))
		}
	}
	tokens := hclwrite.Tokens{token(hclsyntax.TokenOBrack, "["), newline()}
	for _, v := range l {
		tokens = append(append(tokens, tokensOf(v, level+1, 0)...), token(hclsyntax.TokenComma, ","), newline())
	}
	return append(tokens, token(hclsyntax.TokenCBrack, "]"))
}

// attribute is one entry of an object, or one argument of a block.
type attribute struct {
	name  string
	value value
}

// object is an object or a map, in the order of its attributes.
type object struct {
	attributes []attribute
	// spread puts each attribute on a line of its own, whatever their length.
	spread bool
}

func (o *object) add(name string, v value) { o.attributes = append(o.attributes, attribute{name, v}) }

// addText adds a string that is not empty.
func (o *object) addText(name, s string) {
	if s != "" {
		o.add(name, text(s))
	}
}

// addTrue adds a flag that is false by default.
func (o *object) addTrue(name string, set bool) {
	if set {
		o.add(name, truth(true))
	}
}

func (o *object) line() hclwrite.Tokens {
	if o.spread {
		return nil
	}
	tokens := hclwrite.Tokens{token(hclsyntax.TokenOBrace, "{")}
	for i, a := range o.attributes {
		line := a.value.line()
		if line == nil {
			return nil
		}
		if i > 0 {
			tokens = append(tokens, token(hclsyntax.TokenComma, ","))
		}
		tokens = append(append(append(tokens, keyTokens(a.name)...), token(hclsyntax.TokenEqual, "=")), line...)
	}
	return append(tokens, token(hclsyntax.TokenCBrace, "}"))
}

func (o *object) lines(level int) hclwrite.Tokens {
	if len(o.attributes) == 0 {
		return hclwrite.Tokens{token(hclsyntax.TokenOBrace, "{"), token(hclsyntax.TokenCBrace, "}")}
	}
	tokens := hclwrite.Tokens{token(hclsyntax.TokenOBrace, "{"), newline()}
	for _, a := range o.attributes {
		key := keyTokens(a.name)
		tokens = append(append(tokens, key...), token(hclsyntax.TokenEqual, "="))
		tokens = append(append(tokens, tokensOf(a.value, level+1, len(key.Bytes())+len(" = "))...), newline())
	}
	return append(tokens, token(hclsyntax.TokenCBrace, "}"))
}

// keyTokens is the key of an object: quoted where HCL could read something else.
func keyTokens(name string) hclwrite.Tokens {
	switch {
	case name == "for", name == "null", name == "true", name == "false", !hclsyntax.ValidIdentifier(name):
		return hclwrite.TokensForValue(cty.StringVal(name))
	}
	return hclwrite.TokensForIdentifier(name)
}

func token(kind hclsyntax.TokenType, s string) *hclwrite.Token {
	return &hclwrite.Token{Type: kind, Bytes: []byte(s)}
}

func newline() *hclwrite.Token { return token(hclsyntax.TokenNewline, "\n") }

// block is a block of the configuration, formatted.
func block(kind string, labels []string, body *object) []byte {
	file := hclwrite.NewEmptyFile()
	into := file.Body().AppendNewBlock(kind, labels).Body()
	for _, a := range body.attributes {
		into.SetAttributeRaw(a.name, tokensOf(a.value, 1, len(a.name)+len(" = ")))
	}
	return bytes.TrimSpace(hclwrite.Format(file.Bytes()))
}

// normalized reports whether all texts of a value are the same after Terraform
// has read them: it brings every string to the composed form of Unicode (NFC).
func normalized(v value) bool {
	same := func(s string) bool { return cty.NormalizeString(s) == s }
	switch v := v.(type) {
	case text:
		return same(string(v))
	case expression:
		return same(string(v))
	case list:
		for _, element := range v {
			if !normalized(element) {
				return false
			}
		}
	case *object:
		for _, a := range v.attributes {
			if !same(a.name) || !normalized(a.value) {
				return false
			}
		}
	}
	return true
}

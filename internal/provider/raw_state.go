// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// shape is the type of a value as far as its encoding depends on it.
type shape struct {
	// kind is the first byte of such a value as JSON: { [ " 0 t.
	kind byte
	// attributes are those of an object: sorted names, and their places.
	attributes []attributeShape
	places     map[string]int
	// element is that of a map, list or set.
	element *shape
}

type attributeShape struct {
	name  string
	shape *shape
}

// shapeOf is nil for a type that is not handled: tuples, and what is typed at
// run time.
func shapeOf(typ tftypes.Type) *shape {
	switch typ := typ.(type) {
	case tftypes.Object:
		object := &shape{kind: '{', places: map[string]int{}}
		for i, name := range slices.Sorted(maps.Keys(typ.AttributeTypes)) {
			attribute := shapeOf(typ.AttributeTypes[name])
			if attribute == nil {
				return nil
			}
			object.attributes = append(object.attributes, attributeShape{name, attribute})
			object.places[name] = i
		}
		return object
	case tftypes.Map:
		return collectionOf('{', typ.ElementType)
	case tftypes.List:
		return collectionOf('[', typ.ElementType)
	case tftypes.Set:
		return collectionOf('[', typ.ElementType)
	}
	switch {
	case typ.Is(tftypes.String):
		return &shape{kind: '"'}
	case typ.Is(tftypes.Number):
		return &shape{kind: '0'}
	case typ.Is(tftypes.Bool):
		return &shape{kind: 't'}
	}
	return nil
}

func collectionOf(kind byte, typ tftypes.Type) *shape {
	if element := shapeOf(typ); element != nil {
		return &shape{kind: kind, element: element}
	}
	return nil
}

// transcode turns a state as Terraform stores it, which is JSON, into what a
// provider returns, MessagePack, and forgets the last apply meanwhile. It
// reports false for everything that is not exactly of the shape, which is left
// to the framework: attributes that the schema no longer has, other types,
// numbers that are no integers of 64 bits, broken texts.
func transcode(state []byte, s *shape) ([]byte, bool) {
	if s == nil || s.kind != '{' || !json.Valid(state) {
		return nil, false
	}
	t := transcoder{from: state, to: make([]byte, 0, len(state))}
	t.space()
	if t.peek() != '{' || !t.object(s, lastApplyPacked) {
		return nil, false
	}
	return t.to, true
}

// lastApplyPacked is lastApply in MessagePack.
var lastApplyPacked = map[string]byte{
	"operations":     msgpcode.FixedArrayLow,
	"strongest_lock": msgpcode.Nil,
	"destructive":    msgpcode.False,
}

// transcoder reads JSON that is known to be valid.
type transcoder struct {
	from, to []byte
	at       int
}

func (t *transcoder) peek() byte {
	if t.at < len(t.from) {
		return t.from[t.at]
	}
	return 0
}

func (t *transcoder) space() {
	for t.at < len(t.from) && (t.from[t.at] == ' ' || t.from[t.at] == '\n' || t.from[t.at] == '\t' || t.from[t.at] == '\r') {
		t.at++
	}
}

func (t *transcoder) value(s *shape) bool {
	c := t.peek()
	switch {
	case c == 'n':
		t.at += len("null")
		t.to = append(t.to, msgpcode.Nil)
		return true
	case c == 't' && s.kind == 't':
		t.at += len("true")
		t.to = append(t.to, msgpcode.True)
		return true
	case c == 'f' && s.kind == 't':
		t.at += len("false")
		t.to = append(t.to, msgpcode.False)
		return true
	case c == '"' && s.kind == '"':
		text, ok := t.text()
		t.string(text)
		return ok
	case c == '{' && s.kind == '{' && s.element == nil:
		return t.object(s, nil)
	case c == '{' && s.kind == '{' || c == '[' && s.kind == '[':
		return t.collection(s)
	case (c == '-' || '0' <= c && c <= '9') && s.kind == '0':
		return t.number()
	}
	return false
}

// object writes all attributes, those that the state lacks as null. instead has
// values that take the place of those in the state.
func (t *transcoder) object(s *shape, instead map[string]byte) bool {
	t.header(msgpcode.Map32, len(s.attributes))
	seen := make([]bool, len(s.attributes))
	ok := t.each('}', func() bool {
		name, ok := t.key()
		if !ok {
			return false
		}
		place, known := s.places[string(name)]
		if !known || seen[place] {
			return false
		}
		seen[place] = true
		t.string(name)
		before := len(t.to)
		if !t.value(s.attributes[place].shape) {
			return false
		}
		if other, forget := instead[s.attributes[place].name]; forget {
			t.to = append(t.to[:before], other)
		}
		return true
	})
	for place, attribute := range s.attributes {
		if !seen[place] {
			t.string([]byte(attribute.name))
			t.to = append(t.to, msgpcode.Nil)
		}
	}
	return ok
}

func (t *transcoder) collection(s *shape) bool {
	ends, code := byte(']'), msgpcode.Array32
	if s.kind == '{' {
		ends, code = '}', msgpcode.Map32
	}
	header, n := len(t.to)+1, 0
	t.header(code, 0)
	ok := t.each(ends, func() bool {
		n++
		if s.kind == '{' {
			name, ok := t.key()
			if !ok {
				return false
			}
			t.string(name)
		}
		return t.value(s.element)
	})
	binary.BigEndian.PutUint32(t.to[header:], uint32(n))
	return ok
}

// each reads the elements between brackets.
func (t *transcoder) each(ends byte, read func() bool) bool {
	t.at++
	t.space()
	for t.peek() != ends {
		if !read() {
			return false
		}
		t.space()
		if t.peek() == ',' {
			t.at++
			t.space()
		}
	}
	t.at++
	return true
}

func (t *transcoder) key() ([]byte, bool) {
	name, ok := t.text()
	t.space()
	t.at++ // the colon
	t.space()
	return name, ok
}

// text reads a string.
func (t *transcoder) text() ([]byte, bool) {
	start, escaped := t.at, false
	for t.at++; t.from[t.at] != '"'; t.at++ {
		if t.from[t.at] == '\\' {
			escaped = true
			t.at++
		}
	}
	t.at++
	if escaped {
		var text string
		err := json.Unmarshal(t.from[start:t.at], &text)
		return []byte(text), err == nil
	}
	text := t.from[start+1 : t.at-1]
	return text, utf8.Valid(text)
}

func (t *transcoder) number() bool {
	length := bytes.IndexFunc(t.from[t.at:], func(r rune) bool { return r == ',' || r == '}' || r == ']' || r <= ' ' })
	if length < 0 {
		return false
	}
	n, err := strconv.ParseInt(string(t.from[t.at:t.at+length]), 10, 64)
	t.at += length
	t.to = binary.BigEndian.AppendUint64(append(t.to, msgpcode.Int64), uint64(n)) //nolint:gosec // the same bits
	return err == nil
}

func (t *transcoder) string(text []byte) {
	switch n := len(text); {
	case n <= int(msgpcode.FixedStrMask):
		t.to = append(t.to, msgpcode.FixedStrLow|byte(n)) //nolint:gosec // at most FixedStrMask
	case n <= math.MaxUint8:
		t.to = append(t.to, msgpcode.Str8, byte(n))
	default:
		t.header(msgpcode.Str32, n)
	}
	t.to = append(t.to, text...)
}

func (t *transcoder) header(code byte, n int) {
	t.to = binary.BigEndian.AppendUint32(append(t.to, code), uint32(n)) //nolint:gosec // no longer than the text
}

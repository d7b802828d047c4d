// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// outline is what of a state tells which object it is about. What is null or
// absent is empty.
type outline struct {
	schema, name schema.Name
	// table is the id of the table that something belongs to.
	table string
	// columns are the names of a table's own columns.
	columns, ignored []schema.Name
	// constraints are the names of a table's own constraints.
	constraints []schema.Name
}

// tableName is the table of something that belongs to one.
func (o *outline) tableName() (schema.QualifiedName, bool) {
	if o.table == "" || o.name == "" {
		return schema.QualifiedName{}, false
	}
	table, err := schema.ParseQualifiedName(o.table)
	return table, err == nil
}

// readOutline reads the MessagePack of a state and skips all that it does not
// look for. It reports false for what is no object of known values.
func readOutline(state []byte) (o outline, ok bool) {
	decoder := msgpack.GetDecoder()
	defer msgpack.PutDecoder(decoder)
	decoder.Reset(bytes.NewReader(state))
	n, err := decoder.DecodeMapLen()
	for ; err == nil && n > 0; n-- {
		var attribute string
		if attribute, err = decoder.DecodeString(); err != nil {
			break
		}
		err = o.read(decoder, attribute)
	}
	return o, err == nil && n == 0
}

func (o *outline) read(decoder *msgpack.Decoder, attribute string) error {
	code, err := decoder.PeekCode()
	if err != nil {
		return err
	}
	if code == msgpcode.Nil {
		return decoder.Skip()
	}
	var text string
	switch attribute {
	case "schema":
		text, err = decoder.DecodeString()
		o.schema = schema.Name(text)
	case "name":
		text, err = decoder.DecodeString()
		o.name = schema.Name(text)
	case "table":
		o.table, err = decoder.DecodeString()
	case "columns":
		// Those of a foreign key are a list.
		if !isMap(code) {
			return decoder.Skip()
		}
		o.columns, err = keysOf(decoder)
	case "unique", "checks", "exclusions":
		if !isMap(code) { // unique of an index is a boolean
			return decoder.Skip()
		}
		var names []schema.Name
		names, err = keysOf(decoder)
		o.constraints = append(o.constraints, names...)
	case "primary_key":
		if !isMap(code) {
			return decoder.Skip()
		}
		var name schema.Name
		if name, err = nameOf(decoder); name != "" {
			o.constraints = append(o.constraints, name)
		}
	case "ignored_columns":
		o.ignored, err = textsOf(decoder)
	default:
		return decoder.Skip()
	}
	return err
}

func isMap(code byte) bool {
	return msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32
}

// nameOf reads the attribute name of an object.
func nameOf(decoder *msgpack.Decoder) (name schema.Name, err error) {
	n, err := decoder.DecodeMapLen()
	for ; err == nil && n > 0; n-- {
		var attribute string
		if attribute, err = decoder.DecodeString(); err != nil {
			break
		}
		code, peeked := decoder.PeekCode()
		if peeked != nil || attribute != "name" || code == msgpcode.Nil {
			err = decoder.Skip()
			continue
		}
		var text string
		text, err = decoder.DecodeString()
		name = schema.Name(text)
	}
	return name, err
}

// keysOf reads those of a map.
func keysOf(decoder *msgpack.Decoder) ([]schema.Name, error) {
	n, err := decoder.DecodeMapLen()
	var names []schema.Name
	for ; err == nil && n > 0; n-- {
		var name string
		if name, err = decoder.DecodeString(); err == nil {
			names, err = append(names, schema.Name(name)), decoder.Skip()
		}
	}
	return names, err
}

// textsOf reads a list or set of strings.
func textsOf(decoder *msgpack.Decoder) ([]schema.Name, error) {
	n, err := decoder.DecodeArrayLen()
	var names []schema.Name
	for ; err == nil && n > 0; n-- {
		var name string
		if name, err = decoder.DecodeString(); err == nil {
			names = append(names, schema.Name(name))
		}
	}
	return names, err
}

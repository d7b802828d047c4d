// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// observedKey is the private data that holds the object as the server had it
// when the state was written. Planning starts from it and not from the live
// catalog: Terraform plans each change twice, and private data written by Read
// is the only memory that both share.
//
// Only the object itself is kept, not its neighbours on the table: Terraform
// compares private data after a refresh, and a plan -refresh-only would report
// changes after every index that another resource has built.
const observedKey = "observed"

// observedFormat is bumped when package schema changes so that an older
// object would be misread; one of another format counts as missing.
const observedFormat = 3

// observedSnapshot is the JSON of private data.
type observedSnapshot struct {
	Format int `json:"format"`
	settlement
	// Object is compressed JSON.
	Object []byte `json:"object"`
	// Open are the transitions that were open: until they end, the state has
	// words for what is not there yet.
	Open []schema.OpenTransition `json:"open,omitempty"`
}

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func packObserved[O any](object O) ([]byte, error) {
	plain, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("encode the observed object: %w", err)
	}
	var packed bytes.Buffer
	writer, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("compress the observed object: %w", err)
	}
	if _, err := writer.Write(plain); err != nil {
		return nil, fmt.Errorf("compress the observed object: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("compress the observed object: %w", err)
	}
	return packed.Bytes(), nil
}

// unpackers are used again: each has a window of 32 kB.
var unpackers = sync.Pool{New: func() any { return flate.NewReader(nil) }}

func (s *observedSnapshot) unpack() ([]byte, error) {
	reader := unpackers.Get().(io.ReadCloser) //nolint:forcetypeassert // the pool has nothing else
	defer unpackers.Put(reader)
	if err := reader.(flate.Resetter).Reset(bytes.NewReader(s.Object), nil); err != nil { //nolint:forcetypeassert // documented by flate.NewReader
		return nil, fmt.Errorf("decompress the observed object: %w", err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("decompress the observed object: %w", err)
	}
	return plain, nil
}

// isOf reports that an object is the one of the snapshot. The plain texts are
// compared: the compressed ones may differ with the version of the compressor.
func (s *observedSnapshot) isOf(object any) bool {
	then, err := s.unpack()
	if err != nil {
		return false
	}
	now, err := json.Marshal(object)
	return err == nil && bytes.Equal(then, now)
}

// decodeObserved unpacks what packObserved packed; nil for what another format
// wrote.
func decodeObserved[O any](data []byte) (*O, error) {
	var snapshot observedSnapshot
	if err := json.Unmarshal(data, &snapshot); err != nil {
		return nil, fmt.Errorf("decode the observed object: %w", err)
	}
	if snapshot.Format != observedFormat {
		return nil, nil //nolint:nilnil // documented: what another format wrote is as good as nothing
	}
	plain, err := snapshot.unpack()
	if err != nil {
		return nil, err
	}
	object := new(O)
	if err := json.Unmarshal(plain, object); err != nil {
		return nil, fmt.Errorf("decode the observed object: %w", err)
	}
	return object, nil
}

// readOpen returns the transitions that were open when the object in private
// data was written.
func readOpen(ctx context.Context, private privateReader) ([]schema.OpenTransition, diag.Diagnostics) {
	data, diags := private.GetKey(ctx, observedKey)
	var snapshot observedSnapshot
	if data != nil && json.Unmarshal(data, &snapshot) == nil && snapshot.Format == observedFormat {
		return snapshot.Open, diags
	}
	return nil, diags
}

// readObserved returns the object in private data, or nil where there is none
// that can be read: planning then asks the server.
func readObserved[O any](ctx context.Context, private privateReader) (*O, diag.Diagnostics) {
	data, diags := private.GetKey(ctx, observedKey)
	if diags.HasError() || data == nil {
		return nil, diags
	}
	object, err := decodeObserved[O](data)
	if err != nil {
		diags.AddError("The private data of the resource cannot be read", err.Error()+
			"\n\nThis is a bug in the provider, or the state was edited. Removing the resource from the state and importing it again repairs it.")
	}
	return object, diags
}

// refreshObserved writes an object after a refresh. Of one that did not change
// everything stays, to the byte: Terraform compares private data.
func refreshObserved[O any](ctx context.Context, from privateReader, to privateWriter, object O, open []schema.OpenTransition) diag.Diagnostics {
	data, diags := from.GetKey(ctx, observedKey)
	var snapshot observedSnapshot
	if !diags.HasError() && json.Unmarshal(data, &snapshot) == nil && snapshot.Format == observedFormat && snapshot.isOf(object) && sameOpen(snapshot.Open, open) {
		return to.SetKey(ctx, observedKey, data)
	}
	return writeObserved(ctx, to, object, open, settlement{})
}

func sameOpen(a, b []schema.OpenTransition) bool {
	return slices.EqualFunc(a, b, func(a, b schema.OpenTransition) bool { return reflect.DeepEqual(a, b) })
}

func writeObserved[O any](ctx context.Context, private privateWriter, object O, open []schema.OpenTransition, reached settlement) diag.Diagnostics {
	packed, err := packObserved(object)
	var data []byte
	if err == nil {
		data, err = json.Marshal(observedSnapshot{observedFormat, reached, packed, open})
	}
	if err != nil {
		var diags diag.Diagnostics
		diags.AddError("The observed object cannot be stored", err.Error()+"\n\nThis is a bug in the provider.")
		return diags
	}
	return private.SetKey(ctx, observedKey, data)
}

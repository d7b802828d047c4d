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

	"github.com/hashicorp/terraform-plugin-framework/diag"
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
	// Settled is the configuration that was applied (see settlement) with
	// nothing left to run; empty after anything else.
	Settled string `json:"settled,omitempty"`
	// Object is compressed JSON.
	Object []byte `json:"object"`
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
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(snapshot.Object)))
	if err != nil {
		return nil, fmt.Errorf("decompress the observed object: %w", err)
	}
	object := new(O)
	if err := json.Unmarshal(plain, object); err != nil {
		return nil, fmt.Errorf("decode the observed object: %w", err)
	}
	return object, nil
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

// refreshObserved writes an object after a refresh. One that did not change
// stays as settled as it was, to the byte: Terraform compares private data.
func refreshObserved[O any](ctx context.Context, from privateReader, to privateWriter, object O) diag.Diagnostics {
	settled := ""
	if snapshot := settledSnapshot(ctx, from); snapshot != nil {
		if packed, err := packObserved(object); err == nil && bytes.Equal(packed, snapshot.Object) {
			settled = snapshot.Settled
		}
	}
	return writeObserved(ctx, to, object, settled)
}

func writeObserved[O any](ctx context.Context, private privateWriter, object O, settled string) diag.Diagnostics {
	packed, err := packObserved(object)
	var data []byte
	if err == nil {
		data, err = json.Marshal(observedSnapshot{observedFormat, settled, packed})
	}
	if err != nil {
		var diags diag.Diagnostics
		diags.AddError("The observed object cannot be stored", err.Error()+"\n\nThis is a bug in the provider.")
		return diags
	}
	return private.SetKey(ctx, observedKey, data)
}

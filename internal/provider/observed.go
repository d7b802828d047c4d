// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// observedKey is the private data that holds the table as the server had it
// when the state was written. Planning starts from it and not from the live
// catalog: Terraform plans each change twice, and private data written by Read
// is the only memory that both share.
const observedKey = "observed"

// observedFormat is bumped when schema.Table changes so that an older snapshot
// would be misread; a snapshot of another format counts as missing.
const observedFormat = 1

type observedSnapshot struct {
	Format int    `json:"format"`
	Table  string `json:"table"`
}

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// encodeObserved packs a table for private data, which has to be JSON.
func encodeObserved(table *schema.Table) ([]byte, error) {
	plain, err := json.Marshal(table)
	if err != nil {
		return nil, fmt.Errorf("encode the observed table: %w", err)
	}
	var packed bytes.Buffer
	writer, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("compress the observed table: %w", err)
	}
	if _, err := writer.Write(plain); err != nil {
		return nil, fmt.Errorf("compress the observed table: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("compress the observed table: %w", err)
	}
	return json.Marshal(observedSnapshot{observedFormat, base64.StdEncoding.EncodeToString(packed.Bytes())})
}

// decodeObserved unpacks what encodeObserved packed; nil for what another
// format wrote.
func decodeObserved(data []byte) (*schema.Table, error) {
	var snapshot observedSnapshot
	if err := json.Unmarshal(data, &snapshot); err != nil {
		return nil, fmt.Errorf("decode the observed table: %w", err)
	}
	if snapshot.Format != observedFormat {
		return nil, nil
	}
	packed, err := base64.StdEncoding.DecodeString(snapshot.Table)
	if err != nil {
		return nil, fmt.Errorf("decode the observed table: %w", err)
	}
	plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		return nil, fmt.Errorf("decompress the observed table: %w", err)
	}
	table := &schema.Table{}
	if err := json.Unmarshal(plain, table); err != nil {
		return nil, fmt.Errorf("decode the observed table: %w", err)
	}
	return table, nil
}

// readObserved returns the snapshot in private data, or nil where there is
// none that can be read: planning then asks the server.
func readObserved(ctx context.Context, private privateReader) (*schema.Table, diag.Diagnostics) {
	data, diags := private.GetKey(ctx, observedKey)
	if diags.HasError() || data == nil {
		return nil, diags
	}
	table, err := decodeObserved(data)
	if err != nil {
		diags.AddError("The private data of the resource cannot be read", err.Error()+
			"\n\nThis is a bug in the provider, or the state was edited. Removing the resource from the state and importing it again repairs it.")
	}
	return table, diags
}

func writeObserved(ctx context.Context, private privateWriter, table *schema.Table) diag.Diagnostics {
	data, err := encodeObserved(table)
	if err != nil {
		var diags diag.Diagnostics
		diags.AddError("The observed table cannot be stored", err.Error()+"\n\nThis is a bug in the provider.")
		return diags
	}
	return private.SetKey(ctx, observedKey, data)
}

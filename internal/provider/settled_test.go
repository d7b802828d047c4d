// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestSettlementOf(t *testing.T) {
	t.Parallel()
	of := func(version string, protected bool, typeName, config string) string {
		s := &Server{provider: &pgphaseProvider{version: version}}
		return s.settlementOf(newDatabase(nil, settings{deletionProtection: protected}), typeName, &tfprotov6.DynamicValue{MsgPack: []byte(config)})
	}
	base := of("1.0.0", true, "pgphase_table", "configuration")
	if base == "" || of("1.0.0", true, "pgphase_table", "configuration") != base {
		t.Error("the same is not the same")
	}
	for name, other := range map[string]string{
		"another configuration":   of("1.0.0", true, "pgphase_table", "Configuration"),
		"another type":            of("1.0.0", true, "pgphase_index", "configuration"),
		"another version":         of("1.0.1", true, "pgphase_table", "configuration"),
		"the provider's settings": of("1.0.0", false, "pgphase_table", "configuration"),
	} {
		if other == base {
			t.Errorf("%s: no difference", name)
		}
	}
	if of("1.0.0", true, "pgphase_table", "") != "" {
		t.Error("no configuration counts as one")
	}
}

// privateOf encodes private data as the framework does.
func privateOf(t *testing.T, private privateData) []byte {
	t.Helper()
	data, err := json.Marshal(private)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestUnchangedObjectStaysSettled(t *testing.T) {
	t.Parallel()
	index := schema.Index{Name: schema.QualifiedName{Schema: "public", Name: "i"}, Method: "btree"}
	private := privateData{}
	writeObserved(t.Context(), private, index, nil, settlement{Settled: "applied", Silent: true})
	refreshed := privateData{}
	refreshObserved(t.Context(), private, refreshed, index, nil)
	if string(refreshed[observedKey]) != string(private[observedKey]) {
		t.Errorf("%s\n%s", private[observedKey], refreshed[observedKey])
	}
	snapshot := settledSnapshot(privateOf(t, refreshed))
	if snapshot == nil || snapshot.Settled != "applied" || !snapshot.Silent || !snapshot.isOf(index) {
		t.Errorf("%+v", snapshot)
	}
	index.Unique = true
	if snapshot.isOf(index) {
		t.Error("another object is the same one")
	}
	refreshObserved(t.Context(), private, refreshed, index, nil)
	if settledSnapshot(privateOf(t, refreshed)) != nil {
		t.Error("a changed object counts as settled")
	}
}

func TestSettledSnapshotOfAnother(t *testing.T) {
	t.Parallel()
	for name, private := range map[string][]byte{
		"nothing":          nil,
		"not JSON":         []byte("{"),
		"not a map":        []byte(`["observed"]`),
		"not base64":       []byte(`{"observed":{}}`),
		"another key":      privateOf(t, privateData{"other": []byte(`{"format":3,"settled":"x"}`)}),
		"an older format":  privateOf(t, privateData{observedKey: []byte(`{"format":2,"settled":"x","object":"AAAA"}`)}),
		"nothing settled":  privateOf(t, privateData{observedKey: []byte(`{"format":3,"object":"AAAA"}`)}),
		"broken inner one": privateOf(t, privateData{observedKey: []byte(`{`)}),
	} {
		if snapshot := settledSnapshot(private); snapshot != nil {
			t.Errorf("%s: %+v", name, snapshot)
		}
	}
	if settledSnapshot(privateOf(t, privateData{observedKey: []byte(`{"format":3,"settled":"x","object":"AAAA"}`)})) == nil {
		t.Error("what is settled is not found")
	}
}

// A table that is to go does not wait for a foreign key that nothing happens to.
func TestSettledForeignKeyStays(t *testing.T) {
	t.Parallel()
	fk := schema.ForeignKey{Table: schema.QualifiedName{Schema: "public", Name: "child"}, Name: "child_fkey"}
	db := newDatabase(nil, defaultSettings())
	a := &db.announcements
	if !(foreignKeyKind{}).quiet(db, nil, fk) {
		t.Error("there is something to say")
	}
	if leaves, decided := a.leaves[keyOf(fk)]; leaves || !decided {
		t.Errorf("leaves %v, decided %v", leaves, decided)
	}
}

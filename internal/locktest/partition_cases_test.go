// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The partitioned tables that public.t is, or becomes, a part of.
const (
	months = `
		CREATE TABLE whole (id bigint NOT NULL, at timestamptz, kind text DEFAULT 'x', CHECK (id > 0)) PARTITION BY RANGE (at);
		CREATE TABLE january PARTITION OF whole FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');
		INSERT INTO whole (id, at) SELECT i, '2026-01-02' FROM generate_series(1, 2000) AS i;
		ANALYZE whole;`
	withDefault = months + `
		CREATE TABLE rest PARTITION OF whole DEFAULT;
		INSERT INTO whole (id, at) SELECT i, CASE WHEN i % 2 = 0 THEN '2027-01-02'::timestamptz END FROM generate_series(1, 2000) AS i;
		ANALYZE whole;`
	kinds = `
		CREATE TABLE whole (id bigint NOT NULL, at timestamptz, kind text) PARTITION BY LIST (kind);
		CREATE TABLE other PARTITION OF whole FOR VALUES IN ('a', 'b', NULL);
		INSERT INTO whole SELECT i, now(), 'a' FROM generate_series(1, 2000) AS i;
		ANALYZE whole;`
	nested = `
		CREATE TABLE top (id bigint NOT NULL, at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at);
		CREATE TABLE whole PARTITION OF top FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00') PARTITION BY LIST (kind);
		CREATE TABLE rest PARTITION OF whole DEFAULT;
		INSERT INTO top SELECT i, '2026-05-05', 'a' FROM generate_series(1, 2000) AS i;
		ANALYZE top;`
	hashed = `
		CREATE TABLE whole (id bigint NOT NULL, at timestamptz, kind text) PARTITION BY HASH (id);
		CREATE TABLE other PARTITION OF whole FOR VALUES WITH (MODULUS 2, REMAINDER 1);`
	february  = "FOR VALUES FROM ('2026-02-01 00:00:00+00') TO ('2026-03-01 00:00:00+00')"
	createsIt = "CREATE TABLE t PARTITION OF whole " + february
	alone     = `
		CREATE TABLE t (id bigint NOT NULL, at timestamptz, kind text DEFAULT 'x', CONSTRAINT whole_id_check CHECK (id > 0));
		INSERT INTO t (id, at) SELECT i, '2026-02-02' FROM generate_series(1, 2000) AS i;
		ANALYZE t;`
	uniques = `
		CREATE INDEX whole_kind ON whole (kind, id) INCLUDE (at) WHERE kind <> '';
		ALTER TABLE whole ADD CONSTRAINT whole_key UNIQUE (at, id);`
	keys = `
		CREATE TABLE p (id bigint PRIMARY KEY);
		INSERT INTO p SELECT i FROM generate_series(1, 3000) AS i;
		ALTER TABLE whole ADD CONSTRAINT whole_p FOREIGN KEY (id) REFERENCES p;`
)

var partitionCases = []lockCase{
	{name: "partition/create", base: months + uniques, want: createsIt + "; COMMENT ON TABLE t IS 'x'; ALTER TABLE t SET (fillfactor = 70)", plan: planTable},
	{name: "partition/create beside default", base: withDefault, want: createsIt, plan: planTable},
	{name: "partition/create list", base: kinds, want: "CREATE TABLE t PARTITION OF whole FOR VALUES IN ('c')", plan: planTable},
	{name: "partition/create nested", base: nested, want: "CREATE TABLE t PARTITION OF whole FOR VALUES IN ('c', 'd') PARTITION BY HASH (id)", plan: planTable},
	{name: "partition/create hash", base: hashed, want: "CREATE TABLE t PARTITION OF whole FOR VALUES WITH (MODULUS 2, REMAINDER 0)", plan: planTable},
	{name: "partition/create default", base: months, want: "CREATE TABLE t PARTITION OF whole DEFAULT", plan: planTable},
	{name: "partition/create with own key", base: months, want: createsIt + "; ALTER TABLE t ADD PRIMARY KEY (id)", plan: planTable},
	{name: "partition/create referencing", base: months + keys, want: createsIt, plan: planTable},
	{
		name: "partition/create referenced", base: months + "ALTER TABLE whole ADD PRIMARY KEY (at, id); CREATE TABLE child (at timestamptz, id bigint, FOREIGN KEY (at, id) REFERENCES whole)",
		want: createsIt, plan: planTable,
	},
	{name: "partition/attach", base: months, have: alone, want: createsIt, plan: planTable},
	{name: "partition/attach without indexes", base: months + uniques, have: alone, want: createsIt, plan: planTable},
	{name: "partition/attach with indexes", base: months + uniques, have: alone + "CREATE INDEX own ON t (kind, id) INCLUDE (at) WHERE kind <> ''; ALTER TABLE t ADD UNIQUE (at, id)", want: createsIt, plan: planTable},
	{name: "partition/attach beside default", base: withDefault, have: alone, want: createsIt, plan: planTable},
	{name: "partition/attach list", base: kinds, have: "CREATE TABLE t (id bigint NOT NULL, at timestamptz, kind text); INSERT INTO t SELECT i, now(), 'c' FROM generate_series(1, 2000) AS i", want: "CREATE TABLE t PARTITION OF whole FOR VALUES IN ('c', 'd')", plan: planTable},
	{name: "partition/attach nested beside default", base: nested, have: "CREATE TABLE t (id bigint NOT NULL, at timestamptz NOT NULL, kind text); INSERT INTO t SELECT i, '2026-05-05', 'c' FROM generate_series(1, 2000) AS i", want: "CREATE TABLE t PARTITION OF whole FOR VALUES IN ('c')", plan: planTable},
	{
		name: "partition/attach partitioned", base: months + "CREATE INDEX whole_kind ON whole (kind);", want: createsIt + " PARTITION BY LIST (kind); CREATE TABLE t_x PARTITION OF t DEFAULT", plan: planTable,
		have: "CREATE TABLE t (id bigint NOT NULL, at timestamptz, kind text DEFAULT 'x', CONSTRAINT whole_id_check CHECK (id > 0)) PARTITION BY LIST (kind); CREATE TABLE t_x PARTITION OF t DEFAULT; INSERT INTO t (id, at) SELECT i, '2026-02-02' FROM generate_series(1, 2000) AS i",
	},
	{name: "partition/attach hash", base: hashed, have: "CREATE TABLE t (id bigint NOT NULL, at timestamptz, kind text); INSERT INTO t SELECT i, now(), 'c' FROM generate_series(1, 2000) AS i WHERE satisfies_hash_partition('whole'::regclass, 2, 0, i::bigint)", want: "CREATE TABLE t PARTITION OF whole FOR VALUES WITH (MODULUS 2, REMAINDER 0)", plan: planTable},
	{name: "partition/attach default", base: months, have: alone, want: "CREATE TABLE t PARTITION OF whole DEFAULT", plan: planTable},
	{name: "partition/attach referencing", base: months + keys, have: alone, want: createsIt, plan: planTable},
	{name: "partition/attach with foreign key", base: months + keys, have: alone + "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES p", want: createsIt, plan: planTable},
	{name: "partition/detach", base: months, have: createsIt, want: alone, plan: planTable},
	{name: "partition/detach referencing", base: months + keys, have: createsIt, want: alone + "ALTER TABLE t ADD CONSTRAINT whole_p FOREIGN KEY (id) REFERENCES p", plan: planTable},
	{name: "partition/detach beside default", base: withDefault, have: createsIt, want: alone, plan: planTable},
	{name: "partition/drop", base: months, have: createsIt, plan: planTable},
	{name: "partition/drop referencing", base: months + keys, have: createsIt, plan: planTable},
	{name: "partition/drop beside default", base: withDefault, have: createsIt, plan: planTable},
	{name: "partition/index of none", base: "CREATE TABLE t (id bigint, a integer) PARTITION BY RANGE (id)", want: "CREATE INDEX i ON t (a); COMMENT ON INDEX i IS 'x'", plan: planIndex("i")},
}

// attaching is the partition that is wanted as a configuration declares it, with
// what the server says of its bound.
func (b *bench) attaching(want schema.Table) *schema.Table {
	b.t.Helper()
	scope := []schema.QualifiedName{want.PartitionOf, {Schema: "public", Name: "top"}}
	snapshot, err := catalog.Read(b.t.Context(), b.eye, catalog.Scope{Tables: scope})
	if err != nil {
		b.t.Fatal(err)
	}
	levels := []schema.Table{*snapshot.Table(want.PartitionOf)}
	for next := levels[0].PartitionOf; !next.IsZero(); next = levels[len(levels)-1].PartitionOf {
		levels = append(levels, *snapshot.Table(next))
	}
	bound, refused, err := catalog.CanonicalizeBound(b.t.Context(), b.eye, levels, want.Name, want.PartitionBound)
	if err != nil || len(refused) > 0 {
		b.t.Fatalf("%v %v", err, refused)
	}
	if bound.Bound != want.PartitionBound {
		b.t.Errorf("the bound %s is now %s", want.PartitionBound, bound.Bound)
	}
	want.Attachment = &schema.Attachment{Parent: levels[0], Condition: bound.Condition, Own: bound.Own, Unprovable: bound.Unprovable}
	want.Columns = nil
	if k := want.PrimaryKey; k != nil && k.Inherited {
		want.PrimaryKey = nil
	}
	want.Uniques, want.Checks = nil, nil
	return &want
}

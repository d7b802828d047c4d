// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// kind is what one resource type adds to managedResource: its attributes, how
// a model M becomes an object O of package schema and back, and which planner
// functions decide. It holds no state.
type kind[M, O any] interface { //nolint:interfacebloat // all that differs between resource types, in one place
	// typeName is the type without the provider's prefix: "table".
	typeName() string
	schema() rschema.Schema
	identitySchema() identityschema.Schema

	// complete fills what the configuration leaves to the provider (id,
	// constraint names, deletion_protection) as far as it can be known. state
	// is nil for a new resource.
	complete(plan *M, state *M, settings settings)
	// decode turns a wholly known model into the desired object. Its
	// diagnostics name attributes.
	decode(ctx context.Context, model *M) (O, diag.Diagnostics)
	// encode turns an object of the server into a model. What the database
	// does not know is copied from like, and of a table's parts only those
	// that like names are taken (all of them when it names none: import).
	encode(ctx context.Context, object O, like *M) (M, diag.Diagnostics)

	// id is the resource id of an object.
	id(object O) string
	// identity is the model of the resource identity.
	identity(object O) any
	// parseID is the inverse of id, as far as an id tells: enough for find.
	// An index id does not say the table, so the snapshot is asked.
	parseID(id string) (M, error)
	// fromIdentity does the same from a resource identity, which read decodes.
	fromIdentity(read func(any) error) (M, error)

	// relation names the relation that the object is found by: the table, or
	// the index itself, whose table the catalog knows.
	relation(object O) relation
	// find returns the object in its table, or nil.
	find(table *schema.Table, like O) *O
	// own is the part of an observed object that a resource answers for: of a
	// table what like names, of everything else all of it.
	own(observed, like O) O
	// restore returns the table with the object as it was observed before. The
	// table may be nil by now.
	restore(table *schema.Table, observed O) *schema.Table

	// missingTable reports whether a new object may be planned when its table
	// is not there: a table itself may.
	createsTable() bool
	// adopt copies the server's knowledge (canonical texts, type facts) of
	// every part of desired that observed has in the same words, and reports
	// whether anything is left to ask the server.
	adopt(desired *O, observed O) (rest bool)
	// ask lets the server resolve types and expressions that adopt left.
	ask(ctx context.Context, asker *asker, table *schema.Table, desired *O) diag.Diagnostics

	validate(desired O) []planner.Finding
	plan(change planner.Change, table *schema.Table, desired O, prior, observed *O) planner.Plan
	planDrop(change planner.Change, table *schema.Table, observed O) planner.Plan
}

// relation is how an object is looked up in the catalog.
type relation struct {
	// table is the table that the object belongs to or is; zero where only
	// the index is known.
	table schema.QualifiedName
	// index is set for an index whose table the catalog has to tell.
	index schema.QualifiedName
}

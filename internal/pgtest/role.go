// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
)

// Role is a role that belongs to one test. Roles are shared by the databases of
// a server, so their names are unique.
type Role struct {
	Name string
	db   *Database
}

// Role creates a role that can log in, without rights beyond those of PUBLIC.
// When the test ends it is dropped with what it owns in the database; options
// are those of CREATE ROLE.
func (db *Database) Role(t testing.TB, options string) *Role {
	t.Helper()
	role := &Role{"role_" + strings.ToLower(rand.Text()), db}
	if err := db.Server.administer(t.Context(), db.Name, "CREATE ROLE "+role.Name+" LOGIN "+options); err != nil {
		t.Fatalf("create role: %v", err)
	}
	t.Cleanup(func() {
		err := db.Server.administer(context.Background(), db.Name, "DROP OWNED BY "+role.Name+"; DROP ROLE "+role.Name)
		if err != nil {
			t.Errorf("drop role: %v", err)
		}
	})
	return role
}

// URL returns the connection URL of the role's database, over TCP, as the role.
func (r *Role) URL() string {
	u, err := url.Parse(r.db.URL())
	if err != nil {
		panic(err) // we made it
	}
	u.User = url.User(r.Name)
	return u.String()
}

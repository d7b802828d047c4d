// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
)

// Database is what [ReadCatalog] found.
type Database struct {
	Identity catalog.Identity
	*catalog.Snapshot
}

// ConnectionError is a database that could not be read, in the words in which
// the provider would report it.
type ConnectionError struct{ Summary, Detail string }

func (e *ConnectionError) Error() string { return e.Summary + "\n\n" + e.Detail }

// ReadCatalog reads the catalog of a database for a program besides the
// provider. It connects as the provider does: an empty url leaves everything to
// libpq's variables and files. The error is a *ConnectionError.
func ReadCatalog(ctx context.Context, url string) (*Database, error) {
	db, err := open(url)
	if err != nil {
		return nil, err
	}
	defer db.close()
	snapshot, err := db.snapshot(ctx)
	if err != nil {
		return nil, connectionError(db.report(err))
	}
	return &Database{db.identity, snapshot}, nil
}

// WithConnection calls use with a connection to the database, made as
// [ReadCatalog] makes it. The error is a *ConnectionError, or that of use as it is
// where the context has ended.
func WithConnection(ctx context.Context, url string, use func(conn *pgx.Conn) error) error {
	db, err := open(url)
	if err != nil {
		return err
	}
	defer db.close()
	err = db.withConnection(ctx, use)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return connectionError(db.report(err))
}

// open prepares a database without asking it for anything.
func open(url string) (*database, error) {
	model := providerModel{}
	if url != "" {
		if reason := urlProblem(url); reason != "" {
			return nil, &ConnectionError{"Malformed connection URL", reason + "\n\n" + malformedURL}
		}
		model.arguments = map[string]types.String{urlArgument: types.StringValue(url)}
	}
	config, diags := model.connection()
	if diags.HasError() {
		return nil, connectionError(diags)
	}
	return newDatabase(config, defaultSettings()), nil
}

func connectionError(diags diag.Diagnostics) error {
	first := diags.Errors()[0]
	return &ConnectionError{first.Summary(), first.Detail()}
}

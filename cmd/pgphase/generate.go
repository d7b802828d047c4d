// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/generate"
	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
)

const generateUsage = `Usage: pgphase generate [flags]

Writes the configuration of tables that exist, with their indexes and foreign keys and
the schemas, enum types and sequences that they need, and the import blocks that take them under management. The database is only read.
What is left out, and why, goes to standard error.

Flags:
`

// urlUsage is of the flag -url, which every command has that reads a database.
const urlUsage = "`URL` of the database: postgresql://user@host/database. Default: libpq's environment variables (PGHOST, PGSERVICE, ...)"

// generateOptions are the flags of pgphase generate.
type generateOptions struct {
	url      string
	schemas  texts
	patterns texts
	out      string
	// toolTables includes the tables of other tools.
	toolTables bool
}

// texts is a flag that can be given several times.
type texts []string

func (t *texts) String() string { return strings.Join(*t, ", ") }

func (t *texts) Set(value string) error {
	if value == "" {
		return errors.New("it is empty")
	}
	*t = append(*t, value)
	return nil
}

func parseGenerate(arguments []string, stdout io.Writer) (generateOptions, error) {
	var o generateOptions
	flags := flag.NewFlagSet("pgphase generate", flag.ContinueOnError)
	flags.StringVar(&o.url, "url", "", urlUsage)
	flags.Var(&o.schemas, "schema", "`name` of a schema; can be repeated. Default: every schema that is not the system's")
	flags.Var(&o.patterns, "table", "`pattern` of table names, as orders, orders_* or billing.*: * is any text and ? any character; can be repeated")
	flags.StringVar(&o.out, "out", "", "`directory` for one file per table and imports.tf; nothing in it is overwritten. Default: standard output")
	flags.BoolVar(&o.toolTables, "tool-tables", false, "declare the tables in which Flyway, Prisma and other tools keep what they have run as well")
	return o, parse(flags, arguments, generateUsage, stdout)
}

func runGenerate(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	o, err := parseGenerate(arguments, stdout)
	if err != nil {
		return err
	}
	database, err := provider.ReadCatalog(ctx, o.url)
	if err != nil {
		return err
	}
	tables, err := selectTables(database.Snapshot, o.schemas, o.patterns)
	if err != nil {
		return err
	}
	configuration := generate.New(tables, generate.Options{
		ToolTables: o.toolTables, Neighbours: selectNeighbours(database.Snapshot, o.schemas, o.patterns),
	})
	if o.out == "" {
		_, err = stdout.Write(configuration.Text())
	} else {
		err = writeFiles(o.out, configuration)
	}
	if err != nil {
		return err
	}
	omissions := configuration.Omissions
	if len(o.patterns) == 0 {
		omissions = append(omissions, otherObjects(database.Snapshot, o.schemas)...)
	}
	omissions = append(omissions, foreignOwners(database, configuration)...)
	omissions = append(omissions, otherMigrators(database.Snapshot, configuration)...)
	writeReport(stderr, o.out, configuration, omissions)
	return nil
}

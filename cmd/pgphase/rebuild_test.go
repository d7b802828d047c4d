// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// withoutOthers drops what is not built: tables that inherit and materialized views, whose definitions look like those of tables in a dump.
// It proves checks that are NOT VALID: in a new table there is nothing unproven.
const withoutOthers = `DO $$ DECLARE name regclass; proof text; BEGIN
	FOR name IN SELECT oid FROM pg_class WHERE relkind = 'm' LOOP
		EXECUTE format('DROP MATERIALIZED VIEW IF EXISTS %s CASCADE', name);
	END LOOP;
	FOR name, proof IN SELECT conrelid, conname FROM pg_constraint WHERE contype = 'c' AND NOT convalidated LOOP
		EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', name, proof);
	END LOOP;
	LOOP
		SELECT inhrelid INTO name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
			WHERE c.relkind = 'r' AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_inherits AS below WHERE below.inhparent = i.inhrelid) LIMIT 1;
		EXIT WHEN name IS NULL;
		EXECUTE format('DROP TABLE %s CASCADE', name);
	END LOOP;
END $$`

// withoutOwners frees the sequences of their columns: of a sequence that a column
// owns, pg_dump sets the default by a statement of its own.
const withoutOwners = `DO $$ DECLARE name text; BEGIN
	FOR name IN SELECT s.oid::regclass FROM pg_class AS s JOIN pg_depend AS d
		ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'a' AND d.refobjsubid > 0 WHERE s.relkind = 'S'
	LOOP
		EXECUTE format('ALTER SEQUENCE %s OWNED BY NONE', name);
	END LOOP;
END $$`

// withoutTables drops every table, and the enums, sequences and schemas that
// nothing else uses. It keeps functions, domains and extensions.
const withoutTables = `DO $$ DECLARE name text; BEGIN
	FOREACH name IN ARRAY (SELECT array_agg(c.oid::regclass::text) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
	LOOP
		EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', name);
	END LOOP;
	FOR name IN SELECT 'TYPE ' || oid::regtype FROM pg_type WHERE typtype = 'e'
		UNION ALL SELECT 'SEQUENCE ' || oid::regclass FROM pg_class WHERE relkind = 'S'
		UNION ALL SELECT 'SCHEMA ' || oid::regnamespace FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
	LOOP
		BEGIN
			EXECUTE 'DROP ' || name;
		EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
		END;
	END LOOP;
END $$`

// The configuration of a database builds the same tables in an empty one, up to
// the order of columns.
func TestRebuild(t *testing.T) {
	t.Parallel()
	// The others are rebuilt in the full matrix alone.
	majors := map[string]int{"cratesio": 18, "pagila": 16}
	for _, sample := range pgtest.RealSchemas {
		t.Run(sample.Name, func(t *testing.T) {
			t.Parallel()
			text := sample.SQL(t)
			pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
				if server.Major < sample.Since || os.Getenv(fullMatrix) == "" && server.Major != majors[sample.Name] {
					t.Skip("this version has other schemas; " + fullMatrix + "=1 has all")
				}
				rebuild(t, server, text)
			})
		})
	}
}

func TestRebuildOddities(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(
		// PostgreSQL prints this in another way once it has read what it printed.
		"kind IN ('a', 'b')", "kind::text = ANY (ARRAY['a'::text, 'b'::text])",
		// The parts of an index are named by PostgreSQL, and what a column of a partition
		// has for itself is not declared.
		`CREATE INDEX "its part" ON public.events_later (kind);`, "", "kind text NOT NULL DEFAULT 'k'", "kind text NOT NULL", "COMMENT ON COLUMN public.events_later.at IS 'of one partition';", "",
		// An index of its own needs its table first: no one apply creates a table with
		// it as its replica identity.
		"REPLICA IDENTITY USING INDEX two_kind", "REPLICA IDENTITY DEFAULT",
	).Replace(oddities)
	rebuild(t, pgtest.Shared(t, pgtest.Newest()), text)
}

func rebuild(t *testing.T, server *pgtest.Server, text string) {
	t.Helper()
	source, target := server.Database(t), server.Database(t)
	source.Exec(t, text)
	source.Exec(t, withoutOthers)
	source.Exec(t, withoutOwners)
	target.Exec(t, text)
	target.Exec(t, withoutOwners)
	target.Exec(t, withoutTables)

	w := newWorkspace(t, target)
	generateInto(t, w, source)
	if err := os.Remove(filepath.Join(w.Dir, importsFile)); err != nil {
		t.Fatal(err)
	}
	do(t, w, "apply", "-no-color", "-input=false", "-auto-approve")
	if result, err := w.Run(t.Context(), "plan", "-no-color", "-input=false", "-detailed-exitcode"); err != nil || result.Code != 0 {
		t.Errorf("the plan after the apply is not empty: %v, exit code %d\n%s", err, result.Code, result.Output)
	}
	if diff := cmp.Diff(managed(pgtest.PgDump(t, source)), managed(pgtest.PgDump(t, target))); diff != "" {
		t.Errorf("the tables are others (-source +rebuilt):\n%s", diff)
	}
}

// managedStatement matches the definitions that a dump has of what the resources
// declare; tables of other tools apart.
var (
	managedStatement = regexp.MustCompile(`^(CREATE (UNLOGGED )?TABLE|ALTER TABLE|CREATE (UNIQUE )?INDEX|CREATE SCHEMA|CREATE SEQUENCE|CREATE TYPE \S+ AS ENUM|COMMENT ON (TABLE|COLUMN|INDEX|CONSTRAINT|SCHEMA|TYPE|SEQUENCE)) `)
	unmanagedSetting = regexp.MustCompile(` (OWNER TO|(FORCE|ENABLE) ROW LEVEL SECURITY|CLUSTER ON|(ENABLE|DISABLE) TRIGGER)`)
	// storageParameters have no order in a configuration either.
	storageParameters = regexp.MustCompile(`WITH \([^)]*\)`)
	// A new partition has the names of the whole for its NOT NULL (PostgreSQL 18).
	notNullNames = regexp.MustCompile(`CONSTRAINT \S+ NOT NULL`)
	otherTools   = regexp.MustCompile(`flyway_schema_history|_migrations\b`)
)

// managed are the statements of a dump that define what the resources declare,
// sorted, and the columns of each table as well.
func managed(dump string) []string {
	var statements []string
	for statement := range strings.SplitSeq(dump, ";\n") {
		statement = strings.TrimSpace(statement)
		if !managedStatement.MatchString(statement) || unmanagedSetting.MatchString(statement) || otherTools.MatchString(statement) {
			continue
		}
		if strings.HasPrefix(statement, "CREATE") && strings.Contains(statement, "TABLE") {
			lines := strings.Split(statement, "\n")
			for i := range lines {
				lines[i] = notNullNames.ReplaceAllString(strings.TrimSuffix(lines[i], ","), "NOT NULL")
			}
			if len(lines) > 2 {
				slices.Sort(lines[1:])
			}
			statement = strings.Join(lines, "\n")
		}
		statements = append(statements, storageParameters.ReplaceAllStringFunc(statement, sortedList))
	}
	slices.Sort(statements)
	return statements
}

func sortedList(with string) string {
	parameters := strings.Split(strings.TrimSuffix(strings.TrimPrefix(with, "WITH ("), ")"), ", ")
	slices.Sort(parameters)
	return "WITH (" + strings.Join(parameters, ", ") + ")"
}

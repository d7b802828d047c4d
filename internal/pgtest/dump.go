// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// PgDump returns the definition of everything in a database, as pg_dump writes
// it: the independent witness of what a change did to a schema. Comments, the
// session's settings and whatever differs between two dumps of the same schema
// are taken out.
//
// pg_dump refuses servers newer than itself, and the npm builds have none. So it
// is looked for on the machine and, at last, fetched from Debian's archive. All
// versions under test are dumped by the same program where possible.
func PgDump(t testing.TB, db *Database) string {
	t.Helper()
	program, err := dumper(t.Context(), db.Server)
	require(t, err)

	command := exec.CommandContext(t.Context(), program[0], append(slices.Clone(program[1:]), "--schema-only", "--dbname="+db.URL())...)
	command.Env = append(environment(), "PGAPPNAME="+ownApplication)
	var messages strings.Builder
	command.Stderr = &messages
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command.Args, " "), err, &messages)
	}
	return normalizeDump(string(output))
}

// dumpNoise matches pg_dump's comments, but not those in the body of a function.
// Since its releases of August 2025 pg_dump also brackets its output with
// \restrict and a random key (CVE-2025-8714).
var dumpNoise = regexp.MustCompile(`(?m)^(?:--\n(?:-- .*\n)+--|-- Dumped .*|\\(?:un)?restrict .*)\n+`)

// dumpSettings ends the settings of the restoring session, which say more about
// the version of pg_dump than about the schema: servers before 17 do not know
// the transaction_timeout that pg_dump 17 sets.
const dumpSettings = "\nSET row_security = off;\n"

func normalizeDump(dump string) string {
	if _, definitions, ok := strings.Cut(dump, dumpSettings); ok {
		dump = definitions
	}
	return strings.TrimSpace(dumpNoise.ReplaceAllString(dump, "")) + "\n"
}

// dumpers remembers the search of each server version, for the process.
var dumpers = struct {
	mu      sync.Mutex
	byMajor map[int][]string
}{byMajor: map[int][]string{}}

// dumper returns the words that begin the command line of a pg_dump for a server.
func dumper(ctx context.Context, server *Server) ([]string, error) {
	dumpers.mu.Lock()
	defer dumpers.mu.Unlock()
	if program, ok := dumpers.byMajor[server.Major]; ok {
		return program, nil
	}
	program, err := findDumper(ctx, server)
	if err != nil {
		return nil, &UnavailableError{dumpProgram, server.Major, err}
	}
	dumpers.byMajor[server.Major] = program
	return program, nil
}

func findDumper(ctx context.Context, server *Server) ([]string, error) {
	if program := os.Getenv("PGPHASE_PG_DUMP"); program != "" {
		version, major, err := programVersion(ctx, program)
		if err == nil && major < server.Major {
			err = fmt.Errorf("it is of version %s", version)
		}
		if err != nil {
			return nil, fmt.Errorf("PGPHASE_PG_DUMP=%s: %w", program, err)
		}
		return []string{program}, nil
	}
	newest := slices.Max(allMajors())
	local, version := localDumper(ctx, server, newest)
	if version >= newest {
		return []string{local}, nil
	}
	fetched, err := fetchDumper(ctx, newest)
	switch {
	case err == nil:
		return fetched, nil
	case local != "":
		return []string{local}, nil
	default:
		return nil, errors.Join(errors.New("the machine has none"), err)
	}
}

// localDumper returns the newest pg_dump of the machine that can dump a server.
func localDumper(ctx context.Context, server *Server, newest int) (best string, version int) {
	candidates := []string{filepath.Join(server.BinDir, dumpProgram)}
	for major := server.Major; major <= newest; major++ {
		for _, directory := range localDirectories(major) {
			candidates = append(candidates, filepath.Join(directory, dumpProgram))
		}
	}
	if path, err := exec.LookPath(dumpProgram); err == nil {
		candidates = append(candidates, path)
	}
	for _, program := range candidates {
		if _, major, err := programVersion(ctx, program); err == nil && major >= server.Major && major > version {
			best, version = program, major
		}
	}
	return best, version
}

func fetchDumper(ctx context.Context, major int) ([]string, error) {
	root, err := debianRoot(ctx, major)
	if err != nil {
		return nil, err
	}
	program := debianProgram(root, fmt.Sprintf("usr/lib/postgresql/%d/bin/%s", major, dumpProgram))
	if output, err := exec.CommandContext(ctx, program[0], append(slices.Clone(program[1:]), "--version")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(program, " "), err, output)
	}
	return program, nil
}

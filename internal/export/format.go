// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package export

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// File is one file of a directory of migrations.
type File struct {
	// Path is relative to the directory, with slashes.
	Path    string
	Content string
	// Whole marks a file about all files of the directory: it is wrong where
	// there are others.
	Whole bool
}

// Format is how a tool wants its migrations.
type Format struct {
	// Name is that of the tool.
	Name string
	// file writes one migration.
	file func(Migration) []File
	// rest are files besides; nil for none.
	rest func([]File) []File
}

// Formats are all of them, by name.
var Formats = []Format{
	{Name: "atlas", file: atlas, rest: atlasSum},
	{Name: "dbmate", file: dbmate},
	{Name: "flyway", file: flyway},
	{Name: "golang-migrate", file: golangMigrate},
	{Name: "liquibase", file: liquibase},
	{Name: "prisma", file: prisma, rest: prismaLock},
}

// FormatNamed finds a format.
func FormatNamed(name string) (Format, bool) {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return Formats[i], true
}

// Files writes all migrations, in their order, and what a tool needs besides.
func (f Format) Files(migrations []Migration) []File {
	var files []File
	for _, m := range migrations {
		files = append(files, f.file(m)...)
	}
	if f.rest != nil && len(files) > 0 {
		files = append(files, f.rest(files)...)
	}
	return files
}

func (m Migration) stem() string { return m.Version + "_" + m.Name }

func (m Migration) body() string { return "-- " + m.Origin + "\n" + m.SQL + "\n" }

// atlas: a directive stands at the head of the file, with an empty line after it
// (https://atlasgo.io/versioned/apply#transaction-configuration).
func atlas(m Migration) []File {
	content := m.body()
	if m.Alone {
		content = "-- atlas:txmode none\n\n" + content
	}
	return []File{{Path: m.stem() + ".sql", Content: content}}
}

// atlasSum is the file that guards the integrity of a directory: of each file
// the hash of all names and contents up to there, and one over all of these
// (sql/migrate/dir.go of Atlas). It holds for a directory that has no other
// files; atlas migrate hash makes that of another one.
func atlasSum(files []File) []File {
	var sums [][2]string
	up := sha256.New()
	for _, f := range files {
		up.Write([]byte(f.Path + f.Content))
		sums = append(sums, [2]string{f.Path, base64.StdEncoding.EncodeToString(up.Sum(nil))})
	}
	return []File{{Path: "atlas.sum", Content: sealed(sums), Whole: true}}
}

// sealed is the text of atlas.sum for names and their hashes.
func sealed(sums [][2]string) string {
	var lines strings.Builder
	total := sha256.New()
	for _, sum := range sums {
		total.Write([]byte(sum[0] + sum[1]))
		fmt.Fprintf(&lines, "%s h1:%s\n", sum[0], sum[1])
	}
	return "h1:" + base64.StdEncoding.EncodeToString(total.Sum(nil)) + "\n" + lines.String()
}

// dbmate: https://github.com/amacneil/dbmate#migration-options.
func dbmate(m Migration) []File {
	option := ""
	if m.Alone {
		option = " transaction:false"
	}
	return []File{{Path: m.stem() + ".sql", Content: "-- migrate:up" + option + "\n" + m.body() + "\n-- migrate:down\n"}}
}

// flyway: a script configuration file beside a migration says that it runs
// without a transaction, or that a dollar and a brace in it are no placeholder
// (https://documentation.red-gate.com/fd/flyway-execute-in-transaction-setting-277578997.html).
func flyway(m Migration) []File {
	script := File{Path: "V" + m.Version + "__" + m.Name + ".sql", Content: m.body()}
	var settings []string
	if m.Alone {
		settings = append(settings, "executeInTransaction=false\n")
	}
	if strings.Contains(m.SQL, "${") {
		settings = append(settings, "placeholderReplacement=false\n")
	}
	if len(settings) == 0 {
		return []File{script}
	}
	return []File{script, {Path: script.Path + ".conf", Content: strings.Join(settings, "")}}
}

// golangMigrate: golang-migrate sends a file as one query: the server makes a transaction of
// several statements, and none of one.
func golangMigrate(m Migration) []File {
	return []File{{Path: m.stem() + ".up.sql", Content: m.body()}}
}

// liquibase: formatted SQL, which includeAll reads in the order of the names
// (https://docs.liquibase.com/concepts/changelogs/sql-format.html). The
// statements go to the server as they are: the bodies of functions have
// semicolons of their own.
func liquibase(m Migration) []File {
	attributes := " splitStatements:false"
	if m.Alone {
		attributes += " runInTransaction:false"
	}
	return []File{{Path: m.stem() + ".sql", Content: "--liquibase formatted sql\n\n--changeset pgphase:" + m.Version + attributes + "\n" + m.body()}}
}

// prisma: one directory each. A script goes to the server as one query, see
// golangMigrate.
func prisma(m Migration) []File {
	return []File{{Path: m.stem() + "/migration.sql", Content: m.body()}}
}

// prismaLock says for which database the directory is.
func prismaLock([]File) []File {
	return []File{{Path: "migration_lock.toml", Content: "# Prisma refuses a directory of another database.\nprovider = \"postgresql\"\n"}}
}

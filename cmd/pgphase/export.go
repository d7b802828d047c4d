// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/export"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
)

const exportUsage = `Usage: pgphase export -format <tool> -out <directory> [flags]

Writes what applies ran in a database as migrations of another tool, so that other
environments run the same statements: one file for each operation, in their order.
A statement that may not run in a transaction is marked as the tool wants it, and a
backfill becomes one UPDATE. The database is only read, by the role that applies.

There is a history from the first transition on, or from the first apply with
history = true in the provider block.

Flags:
`

type exportOptions struct {
	url, out string
	format   export.Format
	selected export.Selection
}

func parseExport(arguments []string, stdout io.Writer) (exportOptions, error) {
	var o exportOptions
	flags := flag.NewFlagSet("pgphase export", flag.ContinueOnError)
	var names []string
	for _, f := range export.Formats {
		names = append(names, f.Name)
	}
	flags.StringVar(&o.url, "url", "", "`URL` of the database: postgresql://user@host/database. Default: libpq's environment variables (PGHOST, PGSERVICE, ...)")
	flags.StringVar(&o.out, "out", "", "`directory` of the migrations. Files that are there stay: one that says something else is an error")
	flags.Func("format", "`tool`: "+strings.Join(names, ", "), func(text string) error {
		f, known := export.FormatNamed(text)
		if !known {
			return fmt.Errorf("write one of %s", strings.Join(names, ", "))
		}
		o.format = f
		return nil
	})
	flags.Func("from", "the first entry of the history that is exported, by its `id` or a time such as 2026-11-20T19:30:00Z. Default: all", func(text string) error {
		id, err := strconv.ParseInt(text, 10, 64)
		if err == nil {
			o.selected.FromID = id
			return nil
		}
		if o.selected.FromTime, err = time.Parse(time.RFC3339, text); err != nil {
			return errors.New("it is no id of the history, nor a time such as 2026-11-20T19:30:00Z")
		}
		return nil
	})
	flags.StringVar(&o.selected.LockTimeout, "lock-timeout", "2s", "longest wait for a `lock` in a transaction, as lock_timeout of PostgreSQL; 0 waits for ever")
	err := parse(flags, arguments, exportUsage, stdout)
	switch {
	case err != nil:
	case o.format.Name == "":
		err = &usageError{"-format is missing: " + strings.Join(names, ", ")}
	case o.out == "":
		err = &usageError{"-out is missing: the directory of the migrations"}
	}
	if o.selected.LockTimeout == "0" {
		o.selected.LockTimeout = ""
	}
	return o, err
}

func runExport(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	o, err := parseExport(arguments, stdout)
	if err != nil {
		return err
	}
	history, err := readHistory(ctx, o.url)
	if err != nil {
		return err
	}
	migrations, skipped := export.Migrations(history, o.selected)
	files := o.format.Files(migrations)
	written, left, err := writeMigrations(o.out, files)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s for %s in %s: %d of %s written, the rest was there\n", counted(len(migrations), "migration"), o.format.Name, o.out, written, counted(len(files), "file"))
	if left != "" {
		fmt.Fprintf(stderr, "\n%s is not written, as the directory has other files: run atlas migrate hash.\n", left)
	}
	if skipped.Unfinished > 0 {
		fmt.Fprintf(stderr, "\nLeft out: %s that failed or did not end. A later one did the same.\n", counted(skipped.Unfinished, "operation"))
	}
	if skipped.Verifications > 0 {
		fmt.Fprintf(stderr, "\nLeft out: %s that only compared values before something was dropped.\n", counted(skipped.Verifications, "operation"))
	}
	if len(history) > 0 {
		fmt.Fprintf(stderr, "\nThe history ends with entry %d. What comes after it:\n\n    -from %d\n", history[len(history)-1].ID, history[len(history)-1].ID+1)
	}
	return nil
}

func readHistory(ctx context.Context, url string) (history []ledger.Recorded, err error) {
	var missing *ledger.MissingError
	err = provider.WithConnection(ctx, url, func(conn *pgx.Conn) (err error) {
		history, err = ledger.ReadHistory(ctx, conn)
		if errors.As(err, &missing) {
			return nil
		}
		return err
	})
	if missing != nil {
		err = fmt.Errorf("%w. It is created by the first transition, or by the first apply with history = true in the provider block", missing)
	}
	return history, err
}

// writeMigrations writes the files that are not there yet, all of them or
// nothing, and returns how many. left is one that was left out because it would
// be wrong beside the other files of the directory.
func writeMigrations(directory string, files []export.File) (written int, left string, err error) {
	entries, err := os.ReadDir(directory)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, "", fmt.Errorf("look at the directory: %w", err)
	}
	var missing []export.File
	for _, f := range files {
		path := filepath.Join(directory, filepath.FromSlash(f.Path))
		have, err := os.ReadFile(path)
		switch {
		case err == nil && string(have) == f.Content:
		case f.Whole && len(entries) > 0:
			left = f.Path
		case errors.Is(err, os.ErrNotExist):
			missing = append(missing, f)
		case err != nil:
			return 0, "", fmt.Errorf("look at the migrations: %w", err)
		default:
			return 0, "", fmt.Errorf("%s is there and says something else: nothing was written. Choose another directory", path)
		}
	}
	for _, f := range missing {
		path := filepath.Join(directory, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // migrations are read by others, as the files beside them
			return written, "", fmt.Errorf("create the directory: %w", err)
		}
		if err := create(path, []byte(f.Content)); err != nil {
			return written, "", fmt.Errorf("write the migration: %w", err)
		}
		written++
	}
	return written, left, nil
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
	"github.com/pgphase/terraform-provider-pgphase/internal/status"
)

const statusUsage = `Usage: pgphase status [flags]

Shows the open transitions of a database and whether they may be contracted, how far
backfills and index builds are, and who waits for whom. The database is only read.

  pgphase status -url postgresql://localhost/shop -watch

Exit codes: 0, 3 when there is what -fail-on names, 1 when the database could not be
read, 2 when the flags make no sense.

Flags:
`

// statusOptions are the flags of pgphase status.
type statusOptions struct {
	url                   string
	json, watch           bool
	interval, minimumSoak time.Duration
	failOn                string
}

// Values of -fail-on of pgphase status, besides failNever.
const (
	failReady = "ready"
	failOpen  = "open"
)

func parseStatus(arguments []string, stdout io.Writer) (statusOptions, error) {
	var o statusOptions
	flags := flag.NewFlagSet("pgphase status", flag.ContinueOnError)
	flags.StringVar(&o.url, "url", "", urlUsage)
	flags.BoolVar(&o.json, "json", false, "write JSON; with -watch one line each time")
	flags.BoolVar(&o.watch, "watch", false, "show it again and again until interrupted")
	flags.DurationVar(&o.interval, "interval", 2*time.Second, "`duration` between two looks of -watch, at least 100ms")
	flags.DurationVar(&o.minimumSoak, "minimum-soak", 0, "`duration` that a transition must have been migrated before it is ready for contract, like minimum_soak of the provider")
	flags.StringVar(&o.failOn, "fail-on", failNever, "what makes the exit code 3: ready (a transition may be contracted), open (a transition is open) or never")
	if err := parse(flags, arguments, statusUsage, stdout); err != nil {
		return o, err
	}
	switch {
	case o.failOn != failReady && o.failOn != failOpen && o.failOn != failNever:
		return o, &usageError{fmt.Sprintf("-fail-on %q is not one of ready, open and never", o.failOn)}
	case o.interval < 100*time.Millisecond:
		return o, &usageError{"-interval is shorter than 100ms"}
	case o.minimumSoak < 0:
		return o, &usageError{"-minimum-soak is negative"}
	case o.watch && o.failOn != failNever:
		return o, &usageError{"-watch has no end to which -fail-on could give an exit code"}
	}
	return o, nil
}

// foundError is a database that has what -fail-on names.
type foundError struct{ what string }

func (e *foundError) Error() string { return e.what }

func runStatus(ctx context.Context, arguments []string, stdout io.Writer) error {
	o, err := parseStatus(arguments, stdout)
	if err != nil {
		return err
	}
	var last *status.Status
	err = provider.WithConnection(ctx, o.url, func(conn *pgx.Conn) error {
		for {
			if last, err = status.Read(ctx, conn, o.minimumSoak); err != nil {
				return err
			}
			if err := o.write(stdout, last); err != nil || !o.watch {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(o.interval):
			}
		}
	})
	switch {
	case o.watch && errors.Is(ctx.Err(), context.Canceled):
		return nil // that is how watching ends
	case err != nil:
		return err
	case o.failOn == failReady && last.Ready():
		return &foundError{"a transition is ready for contract"}
	case o.failOn == failOpen && len(last.Transitions) > 0:
		return &foundError{"a transition is open"}
	}
	return nil
}

// clearScreen moves to the upper left corner and clears what is there (ECMA-48).
const clearScreen = "\x1b[H\x1b[2J"

func (o statusOptions) write(stdout io.Writer, s *status.Status) error {
	var text []byte
	var err error
	switch {
	case o.json && o.watch:
		if text, err = json.Marshal(s); err == nil {
			text = append(text, '\n')
		}
	case o.json:
		if text, err = json.MarshalIndent(s, "", "  "); err == nil {
			text = append(text, '\n')
		}
	case o.watch && terminal(stdout):
		text = []byte(clearScreen + s.Text())
	case o.watch:
		text = []byte(s.Text() + "\n")
	default:
		text = []byte(s.Text())
	}
	if err == nil {
		_, err = stdout.Write(text)
	}
	if err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	return nil
}

// terminal reports that somebody looks at it.
func terminal(stdout io.Writer) bool {
	file, ok := stdout.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

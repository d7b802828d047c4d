// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// The goals: how much longer a plan of changes may take for what it looks up
// beside the catalog, and how many statements more it may send, besides a few
// for the whole run.
const (
	goalLiveRatio      = 1.10
	goalLiveStatements = 1.0 // of each table
	liveStatements     = 12  // of a run
)

// measureChanges measures what a plan of changes costs that looks at the server
// (sizes, transactions, standbys, use), against one that does not. Neither asks
// the data.
func measureChanges(ctx context.Context, w io.Writer, o options) (err error) {
	directory, err := os.MkdirTemp("", "pgphase-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	if err := terraform.Build(ctx, directory); err != nil {
		return err
	}
	server, err := pgtest.Launch(ctx, o.major)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()

	url := server.URL("postgres")
	base := &subject{title: "the tables"}
	if err := base.create(ctx, directory, o, pgphaseConfiguration(o.changed, url)); err != nil {
		return err
	}
	looks, blind := &subject{title: "live checks", wants: 2}, &subject{title: "none", wants: 2}
	for _, s := range []*subject{looks, blind} {
		if err := s.copy(directory, o, base, changedConfiguration(o.changed, url, s == looks)); err != nil {
			return err
		}
	}
	for range o.runs {
		for _, s := range []*subject{looks, blind} {
			if err := s.plan(ctx, server.Log()); err != nil {
				return err
			}
		}
	}
	reportChanges(w, o, looks, blind)
	return nil
}

// copy begins with the state of another subject, and a configuration of its own.
func (s *subject) copy(directory string, o options, base *subject, files []file) (err error) {
	if s.workspace, err = terraform.NewWorkspace(directory, o.terraform, directory); err != nil {
		return err
	}
	for _, f := range files {
		if err := s.workspace.Write(f.name, f.content); err != nil {
			return err
		}
	}
	return s.workspace.Write(stateFile, string(base.state))
}

// ratios are those of the plans that were measured one after the other.
func ratios(a, b *subject, of func(measured) float64) float64 {
	var numerators, denominators []float64
	for i := range a.plans {
		numerators, denominators = append(numerators, of(a.plans[i])), append(denominators, of(b.plans[i]))
	}
	return ratio(numerators, denominators)
}

// reportChanges writes Markdown.
func reportChanges(w io.Writer, o options, looks, blind *subject) {
	fmt.Fprintf(w, "## Plan that changes %d tables of 12 columns with 2 indexes each\n\n", o.changed)
	fmt.Fprintf(w, "Each table gets a check. Median of %d plans of each kind, in turns.\n\n", len(looks.plans))
	fmt.Fprintf(w, "| | %s | %s | ratio |\n|---|---:|---:|---:|\n", looks.title, blind.title)
	compare(w, "time of a plan (s)", "%.2f", looks.median(seconds), blind.median(seconds))
	compare(w, "processor time of a plan (s)", "%.2f", looks.median(cpuSeconds), blind.median(cpuSeconds))
	statements := func(m measured) float64 { return float64(m.statements) }
	compare(w, "statements that a plan sends", "%.0f", looks.median(statements), blind.median(statements))
	fmt.Fprintln(w)
	perTable := max(0, looks.median(statements)-blind.median(statements)-liveStatements) / float64(o.changed)
	writeGoals(w,
		atMost("times the time, of neighbours", goalLiveRatio, ratios(looks, blind, seconds)),
		atMost("statements more for each table", goalLiveStatements, perTable))
}

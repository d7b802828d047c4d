// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// The goals: how much longer a plan may take than Terraform's own work, and how
// many statements it may send, whatever the number of resources.
const (
	goalRatio      = 1.5
	goalStatements = 20
)

const stateFile = "terraform.tfstate"

// planArguments are those of the plan that is measured. Its exit code tells
// whether it found nothing to do.
var planArguments = []string{"plan", "-detailed-exitcode", "-no-color", "-input=false"}

// subject is one of the two that are compared.
type subject struct {
	title     string
	workspace *terraform.Workspace
	created   time.Duration // of all applies that created it
	stateSize int64
	state     []byte
	plans     []measured
	// wants is the exit code of a plan: 0 for nothing to do, 2 for changes.
	wants int
}

// measured is one plan.
type measured struct {
	terraform.Result
	statements int
	provider   usage
}

// measurePlans measures what a plan without changes costs: that of many tables
// and indexes against one of as many terraform_data resources, which Terraform
// keeps without a provider process and without a server.
func measurePlans(ctx context.Context, w io.Writer, o options) (err error) {
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

	tables := &subject{title: "pgphase"}
	twins := &subject{title: "terraform_data"}
	if err := tables.create(ctx, directory, o, pgphaseConfiguration(o.tables, server.URL("postgres"))); err != nil {
		return err
	}
	if err := twins.create(ctx, directory, o, twinConfiguration(o.tables)); err != nil {
		return err
	}
	for range o.runs {
		for _, s := range []*subject{tables, twins} {
			if err := s.plan(ctx, server.Log()); err != nil {
				return err
			}
		}
	}
	version, err := terraformVersion(ctx, tables.workspace)
	if err != nil {
		return err
	}
	reportPlans(w, o, version, tables, twins)
	if o.cpuProfile != "" {
		return profile(ctx, tables.workspace, o.cpuProfile)
	}
	return nil
}

// create applies the configuration, a file at a time in a workspace of its own,
// and joins the states: Terraform writes the whole state after each resource,
// which takes most of the time when there are thousands.
func (s *subject) create(ctx context.Context, directory string, o options, files []file) (err error) {
	if s.workspace, err = terraform.NewWorkspace(directory, o.terraform, directory); err != nil {
		return err
	}
	head, parts := files[0], files[1:]
	if err := s.workspace.Write(head.name, head.content); err != nil {
		return err
	}
	var states [][]byte
	for _, part := range parts {
		if err := s.workspace.Write(part.name, part.content); err != nil {
			return err
		}
		state, elapsed, err := applyAlone(ctx, directory, o, head, part)
		if err != nil {
			return err
		}
		states = append(states, state)
		s.created += elapsed
	}
	joined, err := joinStates(states)
	if err != nil {
		return err
	}
	s.state, s.stateSize = joined, int64(len(joined))
	return s.workspace.Write(stateFile, string(joined))
}

// applyAlone applies a part of a configuration and returns its state.
func applyAlone(ctx context.Context, directory string, o options, head, part file) ([]byte, time.Duration, error) {
	workspace, err := terraform.NewWorkspace(directory, o.terraform, directory)
	if err != nil {
		return nil, 0, err
	}
	for _, f := range []file{head, part} {
		if err := workspace.Write(f.name, f.content); err != nil {
			return nil, 0, err
		}
	}
	result, err := workspace.Do(ctx, "apply", "-auto-approve", "-no-color", "-input=false")
	if err != nil {
		return nil, 0, err
	}
	state, err := os.ReadFile(filepath.Join(workspace.Dir, stateFile))
	return state, result.Elapsed, err
}

// plan measures one plan, which must find to do what it is wanted to find.
func (s *subject) plan(ctx context.Context, log *pgtest.Log) error {
	mark, err := log.Mark()
	if err != nil {
		return err
	}
	provider := usage{}
	result, err := s.workspace.RunWatched(ctx, provider.watch, planArguments...)
	if err != nil {
		return err
	}
	if result.Code != s.wants {
		return fmt.Errorf("the plan of %s has the exit code %d, not %d\n%.4000s", s.title, result.Code, s.wants, terraform.PlanText(result.Output))
	}
	entries, err := log.Since(mark)
	if err != nil {
		return err
	}
	statements := 0
	for _, entry := range entries {
		if _, ok := entry.Statement(); ok {
			statements++
		}
	}
	s.plans = append(s.plans, measured{result, statements, provider})
	return nil
}

func (s *subject) median(of func(measured) float64) float64 {
	values := make([]float64, len(s.plans))
	for i, p := range s.plans {
		values[i] = of(p)
	}
	return median(values)
}

func seconds(m measured) float64         { return m.Elapsed.Seconds() }
func cpuSeconds(m measured) float64      { return m.CPU.Seconds() }
func providerSeconds(m measured) float64 { return m.provider.processor().Seconds() }

// spread is the fastest and the slowest plan.
func (s *subject) spread() (fastest, slowest time.Duration) {
	fastest = s.plans[0].Elapsed
	for _, p := range s.plans {
		fastest, slowest = min(fastest, p.Elapsed), max(slowest, p.Elapsed)
	}
	return fastest, slowest
}

func terraformVersion(ctx context.Context, workspace *terraform.Workspace) (string, error) {
	result, err := workspace.Do(ctx, "version", "-json")
	if err != nil {
		return "", err
	}
	var version struct {
		Terraform string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(result.Output), &version); err != nil {
		return "", fmt.Errorf("read the version: %w", err)
	}
	return version.Terraform, nil
}

// reportPlans writes Markdown.
func reportPlans(w io.Writer, o options, version string, tables, twins *subject) {
	fmt.Fprintf(w, "## Plan without changes, %d tables of 12 columns with 2 indexes each: %d resources\n\n", o.tables, 3*o.tables)
	fmt.Fprintf(w, "Terraform %s. Median of %d plans of each kind, in turns.\n\n", version, len(tables.plans))
	fmt.Fprintf(w, "| | %s | %s | ratio |\n|---|---:|---:|---:|\n", tables.title, twins.title)
	ratio := compare(w, "time of a plan (s)", "%.2f", tables.median(seconds), twins.median(seconds))
	fastest, slowest := tables.spread()
	fastestTwin, slowestTwin := twins.spread()
	fmt.Fprintf(w, "| fastest and slowest (s) | %.2f, %.2f | %.2f, %.2f | |\n",
		fastest.Seconds(), slowest.Seconds(), fastestTwin.Seconds(), slowestTwin.Seconds())
	compare(w, "processor time of a plan (s)", "%.2f", tables.median(cpuSeconds), twins.median(cpuSeconds))
	fmt.Fprintf(w, "| of it in the provider (s) | %.2f | | |\n", tables.median(providerSeconds))
	compare(w, "state (MB)", "%.1f", megabytes(tables.stateSize), megabytes(twins.stateSize))
	compare(w, fmt.Sprintf("applies that created it, %d tables at a time (s)", tablesPerFile), "%.1f", tables.created.Seconds(), twins.created.Seconds())
	compare(w, "peak memory of Terraform (MB)", "%.0f",
		tables.median(func(m measured) float64 { return megabytes(m.MaxRSS) }), twins.median(func(m measured) float64 { return megabytes(m.MaxRSS) }))
	var statements int
	var memory int64
	for _, p := range tables.plans {
		statements, memory = max(statements, p.statements), max(memory, p.provider.peakMemory())
	}
	fmt.Fprintf(w, "| peak memory of the provider (MB) | %.0f | | |\n", megabytes(memory))
	fmt.Fprintf(w, "| statements that a plan sends | %d | | |\n\n", statements)
	writeGoals(w,
		atMost("times the time", goalRatio, ratio),
		goal{fmt.Sprintf("at most %d statements", goalStatements), strconv.Itoa(statements), statements <= goalStatements})
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
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
	plans     []measured
}

// measured is one plan.
type measured struct {
	terraform.Result
	statements int
	provider   int64 // peak memory of the provider process, in bytes
}

// run measures and reports.
func run(ctx context.Context, w io.Writer, o options) (err error) {
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
	machine, err := describe(ctx, server, tables.workspace)
	if err != nil {
		return err
	}
	report(w, machine, o, tables, twins)
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
	s.stateSize = int64(len(joined))
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

// plan measures one plan, which must find nothing to do.
func (s *subject) plan(ctx context.Context, log *pgtest.Log) error {
	mark, err := log.Mark()
	if err != nil {
		return err
	}
	var memory peakMemory
	result, err := s.workspace.RunWatched(ctx, memory.watch, planArguments...)
	if err != nil {
		return err
	}
	if result.Code != 0 {
		return fmt.Errorf("the plan of %s is not empty (exit code %d)\n%.4000s", s.title, result.Code, terraform.PlanText(result.Output))
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
	s.plans = append(s.plans, measured{result, statements, memory.bytes})
	return nil
}

func (s *subject) median(of func(measured) float64) float64 {
	values := make([]float64, len(s.plans))
	for i, p := range s.plans {
		values[i] = of(p)
	}
	return median(values)
}

func seconds(m measured) float64    { return m.Elapsed.Seconds() }
func cpuSeconds(m measured) float64 { return m.CPU.Seconds() }

// spread is the fastest and the slowest plan.
func (s *subject) spread() (fastest, slowest time.Duration) {
	fastest = s.plans[0].Elapsed
	for _, p := range s.plans {
		fastest, slowest = min(fastest, p.Elapsed), max(slowest, p.Elapsed)
	}
	return fastest, slowest
}

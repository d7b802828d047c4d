// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

const (
	// lockTimeout is what shop.tf configures.
	lockTimeout = 500 * time.Millisecond
	// slack is what a statement may take besides waiting for a lock.
	slack = 200 * time.Millisecond

	configurationFile = "shop.tf"
	planFile          = "tfplan"
)

// run tells the story; the error says which promise was not kept.
func run(ctx context.Context, w io.Writer, o options) (err error) {
	tell := story{w}
	tell.headingf("pgphase: five changes under load")
	directory, err := os.MkdirTemp("", "pgphase-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	tell.sayf("Starting PostgreSQL %d and building the provider.", o.major)
	server, err := prepare(ctx, directory, o.major)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	workspace, err := terraform.NewWorkspace(directory, o.terraform, directory)
	if err != nil {
		return err
	}
	url := server.URL("postgres")
	workspace.Setenv("TF_VAR_database_url", url)

	if err := workspace.Write(configurationFile, shop); err != nil {
		return err
	}
	created, err := workspace.Do(ctx, "apply", "-auto-approve", "-no-color", "-input=false")
	if err != nil {
		return err
	}
	if err := load(ctx, url, o.size); err != nil {
		return err
	}
	tell.sayf("A shop: users, products, orders and their items, created by terraform apply in %s, with %d rows.",
		created.Elapsed.Round(100*time.Millisecond), o.size.rows())

	recorder := &recorder{}
	recorder.begin("before any change")
	workload, err := startWorkload(ctx, url, o.size, recorder)
	if err != nil {
		return err
	}
	defer workload.end()
	tell.sayf("An application reads and writes it from now on: SELECT, INSERT, UPDATE, DELETE and INSERT ... ON CONFLICT in seven sessions. "+
		"One of them is a report that keeps a transaction open for %s, over and over. The lock timeout is %s.", reportDuration, lockTimeout)
	pause(ctx, o.idle)
	if err := apply(ctx, tell, workspace, recorder); err != nil {
		return err
	}
	last, err := workspace.Run(ctx, "plan", "-detailed-exitcode", "-no-color", "-input=false")
	if err != nil {
		return err
	}
	workload.end()
	return conclude(tell, recorder, last, o.bound)
}

// prepare starts the server and builds the provider, at the same time.
func prepare(ctx context.Context, directory string, major int) (*pgtest.Server, error) {
	var server *pgtest.Server
	// The server must not be tied to the group's context, which ends with it.
	group, building := errgroup.WithContext(ctx)
	group.Go(func() error { return terraform.Build(building, directory) })
	group.Go(func() (err error) {
		// Logging every statement is for tests, and costs the workload time.
		server, err = pgtest.Launch(building, major, pgtest.Setting("log_statement", "none"))
		return err
	})
	err := group.Wait()
	if err != nil && server != nil {
		err = errors.Join(err, server.Stop())
	}
	return server, err
}

// apply carries out the changes, one after the other.
func apply(ctx context.Context, tell story, workspace *terraform.Workspace, recorder *recorder) error {
	configuration := shop
	for i, c := range changes {
		next, err := c.edit(configuration)
		if err != nil {
			return err
		}
		tell.headingf("%d. %s", i+1, c.title)
		tell.sayf("%s", c.story)
		tell.block(lineDifference(configuration, next))
		configuration = next
		if err := workspace.Write(configurationFile, configuration); err != nil {
			return err
		}
		recorder.begin(c.title)
		planned, err := workspace.Do(ctx, "plan", "-out="+planFile, "-no-color", "-input=false")
		if err != nil {
			return err
		}
		fmt.Fprintf(tell.w, "$ terraform plan\n\n%s\n", terraform.PlanText(planned.Output))
		applied, err := workspace.Do(ctx, "apply", "-no-color", "-input=false", planFile)
		if err != nil {
			return err
		}
		now := recorder.summaries()
		tell.sayf("Applied in %s. Meanwhile %s", applied.Elapsed.Round(100*time.Millisecond), noticed(now[len(now)-1]))
	}
	return nil
}

// noticed says what the application saw of a change.
func noticed(p summary) string {
	return fmt.Sprintf("the application ran %d statements, %d failed, and the longest took %s.", p.statements, len(p.failures), milliseconds(p.longest))
}

func conclude(tell story, recorder *recorder, last terraform.Result, bound time.Duration) error {
	phases := recorder.summaries()
	tell.headingf("What the application noticed")
	tell.phases(phases)
	fmt.Fprintln(tell.w)
	v := judge(phases[1:], bound, last.Code == 0)
	if err := v.err(); err != nil {
		if !v.planEmpty {
			fmt.Fprintf(tell.w, "%s\n", last.Output)
		}
		return err
	}
	tell.sayf("No statement failed. The longest one took %s; the lock timeout is %s. A second plan finds nothing to do.",
		milliseconds(v.stall.longest), lockTimeout)
	return nil
}

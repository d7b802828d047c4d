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
	tell.headingf("pgphase: changes under load")
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
	d := &demo{tell: tell, workspace: workspace, url: server.URL("postgres"), recorder: &recorder{}, journal: newJournal(writers()...)}
	workspace.Setenv("TF_VAR_database_url", d.url)
	if err := d.open(ctx, o.size); err != nil {
		return err
	}

	d.recorder.begin("before any change")
	workload, err := startWorkload(ctx, d.url, o, d.recorder, d.journal)
	if err != nil {
		return err
	}
	defer workload.end()
	tell.sayf("An application reads and writes it from now on: SELECT, INSERT, UPDATE, DELETE and INSERT ... ON CONFLICT in nine sessions. "+
		"One of them is a report that keeps a transaction open for %s, over and over. The lock timeout is %s.", o.report, lockTimeout)
	pause(ctx, o.idle)
	if err := d.applyChanges(ctx); err != nil {
		return err
	}
	if err := d.applyTransitions(ctx, workload); err != nil {
		return err
	}
	last, err := workspace.Run(ctx, "plan", "-detailed-exitcode", "-no-color", "-input=false")
	if err != nil {
		return err
	}
	workload.end()
	return d.conclude(ctx, last, o.bound)
}

// demo is what the parts of the story share.
type demo struct {
	tell      story
	workspace *terraform.Workspace
	url       string
	recorder  *recorder
	journal   *journal
	// configuration is the one that was applied last.
	configuration string
}

// open creates the shop and fills it.
func (d *demo) open(ctx context.Context, size size) error {
	d.configuration = shop
	if err := d.workspace.Write(configurationFile, shop); err != nil {
		return err
	}
	created, err := d.workspace.Do(ctx, "apply", "-auto-approve", "-no-color", "-input=false")
	if err != nil {
		return err
	}
	if err := load(ctx, d.url, size); err != nil {
		return err
	}
	cells, err := stored(ctx, d.url, false)
	if err != nil {
		return err
	}
	d.journal.remember(cells)
	d.tell.sayf("A shop: users, products, orders and their items, created by terraform apply in %s, with %d rows.",
		created.Elapsed.Round(100*time.Millisecond), size.rows())
	return nil
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

// applyChanges carries out the changes of the first part, one after the other.
func (d *demo) applyChanges(ctx context.Context) error {
	for i, c := range changes {
		next, err := c.edit(d.configuration)
		if err != nil {
			return err
		}
		d.tell.headingf("%d. %s", i+1, c.title)
		d.tell.sayf("%s", c.story)
		d.tell.block(lineDifference(d.configuration, next))
		d.recorder.begin(c.title)
		if err := d.plan(ctx, next, func(text string) error {
			fmt.Fprintf(d.tell.w, "$ terraform plan\n\n%s\n", terraform.PlanText(text))
			return nil
		}); err != nil {
			return err
		}
		if err := d.apply(ctx); err != nil {
			return err
		}
	}
	return nil
}

// applyTransitions carries out those of the second part, phase by phase, and
// the releases of the application in between.
func (d *demo) applyTransitions(ctx context.Context, workload *workload) error {
	d.tell.headingf("Changes that running code would not survive")
	d.tell.sayf("Each of these comes in three phases. Half of the sessions get the new release of the application after expand, the other half only before " +
		"contract: in between, old and new code write the same rows.")
	for i, t := range transitions {
		next, err := t.change(d.configuration)
		if err != nil {
			return err
		}
		d.tell.headingf("%d. %s", len(changes)+i+1, t.title)
		d.tell.sayf("%s", t.story)
		d.tell.block(t.difference())
		for _, phase := range []string{"expand", "migrate", "contract"} {
			if next, err = t.reach(next, phase); err != nil {
				return err
			}
			if phase == "contract" {
				if err := workload.behind.deploy(ctx, t.release); err != nil {
					return err
				}
			}
			d.recorder.begin(t.short + ": " + phase)
			fmt.Fprintf(d.tell.w, "phase = %q\n", phase)
			if err := d.plan(ctx, next, func(string) error { return d.showOperations(ctx) }); err != nil {
				return err
			}
			if err := d.apply(ctx); err != nil {
				return err
			}
			if phase != "contract" {
				fmt.Fprintln(d.tell.w)
			}
			switch phase {
			case "expand":
				err = workload.ahead.deploy(ctx, t.release)
			case "migrate":
				workload.ahead.large.Store(workload.ahead.large.Load() || t.writesLarge)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// plan writes a configuration and plans it; show gets what Terraform prints.
func (d *demo) plan(ctx context.Context, configuration string, show func(text string) error) error {
	if err := d.workspace.Write(configurationFile, configuration); err != nil {
		return err
	}
	d.configuration = configuration
	planned, err := d.workspace.Do(ctx, "plan", "-out="+planFile, "-no-color", "-input=false")
	if err != nil {
		return err
	}
	return show(planned.Output)
}

// showOperations prints the plan that was saved.
func (d *demo) showOperations(ctx context.Context) error {
	document, err := d.workspace.Do(ctx, "show", "-json", planFile)
	if err != nil {
		return err
	}
	list, err := operationsOf(document.Output)
	if err != nil {
		return err
	}
	d.tell.operations(list)
	return nil
}

// apply applies the plan that was saved.
func (d *demo) apply(ctx context.Context) error {
	applied, err := d.workspace.Do(ctx, "apply", "-no-color", "-input=false", planFile)
	if err != nil {
		return err
	}
	now := d.recorder.summaries()
	d.tell.sayf("Applied in %s. Meanwhile %s", applied.Elapsed.Round(100*time.Millisecond), noticed(now[len(now)-1]))
	return nil
}

// noticed says what the application saw of a change.
func noticed(p summary) string {
	return fmt.Sprintf("the application ran %d statements, %d failed, and the longest took %s.", p.statements, len(p.failures), milliseconds(p.longest))
}

func (d *demo) conclude(ctx context.Context, last terraform.Result, bound time.Duration) error {
	phases := d.recorder.summaries()
	d.tell.headingf("What the application noticed")
	d.tell.phases(phases)

	d.tell.headingf("What writers were told, and what is stored")
	cells, err := stored(ctx, d.url, true)
	if err != nil {
		return err
	}
	accounts, examples := d.journal.compare(cells)
	d.tell.accounts(accounts, examples)
	fmt.Fprintln(d.tell.w)

	v := judge(phases[1:], bound, last.Code == 0)
	v.accounts = accounts
	if err := v.err(); err != nil {
		if !v.planEmpty {
			fmt.Fprintf(d.tell.w, "%s\n", last.Output)
		}
		return err
	}
	d.tell.sayf("No statement failed, and nothing that was acknowledged is lost. The longest statement took %s; the lock timeout is %s. "+
		"A second plan finds nothing to do.", milliseconds(v.stall.longest), lockTimeout)
	return nil
}

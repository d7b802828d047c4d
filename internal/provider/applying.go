// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// applying are the tables that this process is applying changes to, or has.
type applying struct {
	mu     sync.Mutex
	now    map[schema.QualifiedName]int
	before map[schema.QualifiedName]bool
}

// begin registers an apply until the function that it returns is called.
func (a *applying) begin(table schema.QualifiedName) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil {
		a.now, a.before = map[schema.QualifiedName]int{}, map[schema.QualifiedName]bool{}
	}
	a.now[table]++
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.now[table]--
		a.before[table] = true
	}
}

// Terraform begins the applies of what does not depend on each other at the
// same moment, as far as its parallelism reaches. Whoever has not begun within
// startup is not part of the apply, or depends on who waits.
const (
	startup      = 5 * time.Second
	turnInterval = 100 * time.Millisecond
)

// turns is how an apply lets another one of the same process go first.
type turns struct {
	*applying
	until time.Time
}

func (a *applying) turns() *turns { return &turns{applying: a, until: time.Now().Add(startup)} }

// wait reports whether one of the tables is worked on, or may be soon.
func (t *turns) wait(tables []schema.QualifiedName) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(tables, func(name schema.QualifiedName) bool {
		return t.now[name] > 0 || !t.before[name] && time.Now().Before(t.until)
	})
}

// pause passes the time between two looks.
func (t *turns) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(turnInterval):
	}
}

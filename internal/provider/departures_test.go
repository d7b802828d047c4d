// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func referencing(name schema.Name) schema.ForeignKey {
	return schema.ForeignKey{Name: name, Table: schema.QualifiedName{Schema: "public", Name: "t"}}
}

func TestDepartures(t *testing.T) {
	t.Parallel()
	table := &schema.Table{ReferencedBy: []schema.ForeignKey{referencing("f"), referencing("g")}}
	left := func(d *departures) (keys, open int) {
		without, undecided := d.withoutLeaving(t.Context(), table)
		return len(without.ReferencedBy), len(undecided)
	}

	t.Run("a decision that comes later is waited for", func(t *testing.T) {
		t.Parallel()
		var d departures
		d.decide(true, referencing("f"))
		go func() {
			for range 4 { // longer than anything may be quiet
				time.Sleep(quiet / 2)
				d.alive()
			}
			d.decide(true, referencing("g"))
		}()
		if keys, open := left(&d); keys != 0 || open != 0 {
			t.Errorf("%d keys stay, %d are open", keys, open)
		}
	})
	t.Run("one that stays", func(t *testing.T) {
		t.Parallel()
		var d departures
		d.decide(true, referencing("f"))
		d.decide(false, referencing("g"))
		if keys, open := left(&d); keys != 1 || open != 0 {
			t.Errorf("%d keys stay, %d are open", keys, open)
		}
	})
	t.Run("nobody decides", func(t *testing.T) {
		t.Parallel()
		var d departures
		if keys, open := left(&d); keys != 2 || open != 0 {
			t.Errorf("%d keys stay, %d are open", keys, open)
		}
	})
	t.Run("everybody waits", func(t *testing.T) {
		t.Parallel()
		var d departures
		var waiting sync.WaitGroup
		for range terraformParallelism {
			waiting.Go(func() {
				if keys, open := left(&d); keys != 0 || open != 2 {
					t.Errorf("%d keys stay, %d are open", keys, open)
				}
			})
		}
		waiting.Wait()
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		var d departures
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if without, _ := d.withoutLeaving(ctx, table); len(without.ReferencedBy) != 2 {
			t.Error("keys that nobody decided about are gone")
		}
	})
}

// Terraform plans what has left the configuration in any order, and a table
// goes together with the foreign keys that refer to it. One that somebody else
// made keeps it.
func TestAccRemoveTablesWithForeignKeys(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.settings = "  deletion_protection = false"
	c.write(star(terraformParallelism + 2))
	c.mustApply()
	c.write("")
	c.mustApply()
	c.write(star(2))
	c.mustApply()
	if output, code := c.run("destroy", "-no-color", "-auto-approve"); code != 0 {
		t.Fatalf("destroy: exit code %d\n%s", code, output)
	}

	c.write(`resource "pgphase_table" "kept" {
  name        = "kept"
  columns     = { id = { type = "bigint" } }
  primary_key = { columns = ["id"] }
}`)
	c.mustApply()
	db.Exec(t, "CREATE TABLE other (id bigint CONSTRAINT theirs REFERENCES kept)")
	c.write("")
	output, code := c.plan()
	if code != 1 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	for _, text := range []string{"Cannot drop table public.kept", "foreign key theirs of public.other"} {
		wantText(t, output, text)
	}
}

// star is a table that others refer to, and that refers to them.
func star(others int) string {
	text := `
resource "pgphase_table" "hub" {
  name        = "hub"
  columns     = { id = { type = "bigint" } }
  primary_key = { columns = ["id"] }
}
`
	for i := range others {
		text += fmt.Sprintf(`
resource "pgphase_table" "spoke%[1]d" {
  name        = "spoke%[1]d"
  columns     = { id = { type = "bigint" } }
  primary_key = { columns = ["id"] }
}

resource "pgphase_foreign_key" "out%[1]d" {
  table      = pgphase_table.hub.id
  name       = "out%[1]d"
  columns    = ["id"]
  references = { table = pgphase_table.spoke%[1]d.id, columns = ["id"] }
}

resource "pgphase_foreign_key" "in%[1]d" {
  table      = pgphase_table.spoke%[1]d.id
  name       = "in%[1]d"
  columns    = ["id"]
  references = { table = pgphase_table.hub.id, columns = ["id"] }
}
`, i)
	}
	return text
}

// wantText fails unless an output of Terraform holds a text, wherever it breaks
// the lines.
func wantText(t testing.TB, output, text string) {
	t.Helper()
	flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
	if !strings.Contains(flat, text) {
		t.Errorf("want %q in\n%s", text, output)
	}
}

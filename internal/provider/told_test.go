// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestPassages(t *testing.T) {
	t.Parallel()
	got := passages("One.\n\nTwo:\n\n    SELECT 1;\n    SELECT 2;\n\nThree.\n\nFour:")
	want := []string{"One.", "Two:\n\n    SELECT 1;\n    SELECT 2;", "Three.", "Four:"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What is the same for all is said of three; what is an object's own is said of
// each.
func TestToldBefore(t *testing.T) {
	t.Parallel()
	var told told
	warning := func(table, column string, more string) string {
		name := schema.QualifiedName{Schema: "public", Name: schema.Name(table)}
		finding := planner.Finding{
			Hazard: hazard.ColumnRenameBreaksClients, Path: []string{"columns", column},
			Detail: fmt.Sprintf("Old code of %s.%s fails.\n\nRun:\n\n    ALTER TABLE public.%[1]s ADD pgphase_%[1]s_1234567%[4]d;%[3]s", table, column, more, len(table)),
		}
		shorter, elsewhere := told.shorten(finding, name.String(), namesOf(name.String(), name, finding))
		return strings.Trim(shorter.Detail+"\n\n"+elsewhere, "\n")
	}
	for i := range 3 {
		if text := warning(fmt.Sprintf("t%d", i), "a", ""); !strings.Contains(text, "Old code of") || !strings.Contains(text, "    ALTER TABLE public.t") {
			t.Errorf("table %d: %s", i, text)
		}
	}
	if text := warning("another", "b", ""); text != "The warning of public.t0 says more." {
		t.Errorf("said of others: %q", text)
	}
	if text := warning("another", "b", "\n\nThe view public.v reads it."); text != "The view public.v reads it.\n\nThe warning of public.t0 says more." {
		t.Errorf("with something of its own: %q", text)
	}
	other := planner.Finding{Hazard: hazard.TableDropDeletesData, Detail: "Old code of t9.a fails."}
	name := schema.QualifiedName{Schema: "public", Name: "t9"}
	if got, _ := told.shorten(other, "public.t9", namesOf("public.t9", name, other)); got.Detail != other.Detail {
		t.Errorf("of another hazard: %q", got.Detail)
	}
	free := planner.Finding{Detail: "No hazard."}
	for range 5 {
		if got, _ := told.shorten(free, "public.t9", nil); got.Detail != free.Detail {
			t.Errorf("without a hazard: %q", got.Detail)
		}
	}
}

// Terraform plans ten resources at a time.
func TestToldAtTheSameTime(t *testing.T) {
	t.Parallel()
	var told told
	var said sync.Map
	var plans sync.WaitGroup
	for i := range 100 {
		plans.Go(func() {
			object := fmt.Sprintf("public.t%d", i)
			finding := planner.Finding{Hazard: hazard.TableDropDeletesData, Detail: "The rows of " + object + " go."}
			shorter, elsewhere := told.shorten(finding, object, []string{object})
			said.Store(object, shorter.Detail+elsewhere)
		})
	}
	plans.Wait()
	full := 0
	said.Range(func(object, detail any) bool {
		if strings.HasPrefix(detail.(string), "The rows of ") {
			full++
		} else if !strings.HasPrefix(detail.(string), "The warning of public.t") {
			t.Errorf("%s: %s", object, detail)
		}
		return true
	})
	if full != fullyTold {
		t.Errorf("%d are told in full, want %d", full, fullyTold)
	}
}

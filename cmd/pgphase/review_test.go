// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/review"
)

func TestReview(t *testing.T) {
	t.Parallel()
	plan, stream := filepath.Join(recorded, "story.json"), filepath.Join(recorded, "story.jsonl")
	failed, odd := filepath.Join(recorded, "failed.jsonl"), filepath.Join(recorded, "odd.json")
	for _, test := range []struct {
		name, arguments string
		code            int
		stdout, stderr  string
	}{
		{"a plan", "-plan " + plan + " -stream " + stream, 0, "2 drop for good", ""},
		{"without warnings", "-plan " + plan, 0, "2 drop for good", ""},
		{"dropping", "-plan " + plan + " -fail-on destructive", exitFound, "2 drop for good", "the plan drops something for good"},
		{"two levels", "-plan " + plan + " -stream " + stream + " -fail-on destructive,warning", exitFound, "", "drops something for good, and has warnings"},
		{"blocking", "-plan " + plan + " -fail-on blocking", 0, "", ""},
		{"harmless", "-plan " + odd + " -fail-on blocking,destructive,warning", 0, "Nothing is dropped", ""},
		{"a failed plan", "-stream " + failed, exitFound, "The plan failed", "the plan has errors"},
		{"a failed plan that may", "-stream " + failed + " -fail-on never", 0, "The plan failed", ""},
		{"another form", "-plan " + plan + " -sql -", 0, "-- What the plan runs", ""},
		{"a name", "-plan " + plan + " -name production", 0, review.Marker("production"), ""},

		{"nothing", "", exitUsage, "", "-plan or -stream is missing"},
		{"an unknown level", "-plan x -fail-on loud", exitUsage, "", `"loud" is not one of error`},
		{"two forms on one screen", "-plan x -html - -json -", exitUsage, "", "only one form"},
		{"one input for two", "-plan - -stream -", exitUsage, "", "cannot both be standard input"},
		{"an argument", "plan.json", exitUsage, "", `"plan.json" is not a flag`},
		{"no such file", "-plan " + filepath.Join(recorded, "none.json"), exitFailure, "", "no such file"},
		{"no plan", "-plan review.go", exitFailure, "", "not a plan as `terraform show -json` writes it"},
		{"no stream", "-stream ../../LICENSE", exitFailure, "", "no message of terraform plan -json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := command(t, append([]string{"review"}, strings.Fields(test.arguments)...)...)
			if code != test.code {
				t.Errorf("exit code %d\n%s", code, stderr)
			}
			want(t, stdout, test.stdout)
			want(t, stderr, test.stderr)
			if test.stderr == "" && stderr != "" {
				t.Error(stderr)
			}
		})
	}
}

// All forms can be written at once, and places are those of the repository.
func TestReviewFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	arguments := []string{"review", "-plan", filepath.Join(recorded, "story.json"), "-stream", filepath.Join(recorded, "story.jsonl"), "-dir", "testdata/review/story"}
	forms := map[string]string{
		"markdown": "<!-- pgphase review -->", "html": "<!DOCTYPE html>", "sarif": "testdata/review/story/", "json": `"format": 1`, "sql": "DROP TABLE public.legacy;",
	}
	for form := range forms {
		arguments = append(arguments, "-"+form, filepath.Join(dir, form))
	}
	stdout, stderr, code := command(t, arguments...)
	if code != 0 || stdout != "" || stderr != "" {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	for form, part := range forms {
		content, err := os.ReadFile(filepath.Join(dir, form))
		if err != nil {
			t.Fatal(err)
		}
		want(t, string(content), part)
	}
}

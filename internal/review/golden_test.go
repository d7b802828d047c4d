// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/review"
)

// update writes the golden files anew: go test ./internal/review -update.
var update = flag.Bool("update", false, "write the golden files of this package")

// stories are the plans that cmd/pgphase has recorded.
var stories = []string{"story", "odd", "failed"}

// recorded reads one of them. The plan is missing where it has failed.
func recorded(t *testing.T, story string) *review.Report {
	t.Helper()
	stream, err := os.ReadFile(filepath.Join("testdata", story+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	in := review.Input{Stream: bytes.NewReader(stream), Locate: locate}
	plan, err := os.ReadFile(filepath.Join("testdata", story+".json"))
	switch {
	case err == nil:
		in.Plan = bytes.NewReader(plan)
	case !os.IsNotExist(err):
		t.Fatal(err)
	}
	r, err := review.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// locate stands for the configuration, which is not recorded.
func locate(_ []string, resourceType, name string) review.Source {
	return review.Source{File: resourceType + "/" + name + ".tf", Line: 7}
}

// Each form of each report is kept.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, story := range stories {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			r := recorded(t, story)
			for ending, write := range review.Forms() {
				var b bytes.Buffer
				if err := write(&b, r); err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", story+".golden."+string(ending)), b.Bytes())
			}
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); go test ./internal/review -update writes it anew:\n%s", path, diff)
	}
}

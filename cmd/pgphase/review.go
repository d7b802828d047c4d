// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/review"
)

const reviewUsage = `Usage: pgphase review [flags]

Tells what a plan does to the database: which statements run, what they lock and stop,
whether they can be taken back, and what comes next. The dangerous comes first.

  terraform plan -json -out=tfplan > plan.jsonl
  terraform show -json tfplan > tfplan.json
  pgphase review -plan tfplan.json -stream plan.jsonl -html review.html

Without a form the Markdown goes to standard output. No database is asked.

Exit codes: 0 when nothing that -fail-on names is in the plan, 3 when something is,
1 when the report could not be made, 2 when the flags make no sense.

Flags:
`

// failNever is the value of -fail-on that lets everything pass.
const failNever = "never"

// reviewOptions are the flags of pgphase review.
type reviewOptions struct {
	plan, stream, name, directory string
	failOn                        []review.Level
	// outputs are the files of the forms; - is standard output.
	outputs map[review.Form]string
}

// levelList is a flag of levels, separated by commas.
type levelList struct{ levels *[]review.Level }

func (l levelList) String() string {
	if l.levels == nil {
		return ""
	}
	names := make([]string, len(*l.levels))
	for i, level := range *l.levels {
		names[i] = string(level)
	}
	return strings.Join(names, ",")
}

func (l levelList) Set(value string) error {
	*l.levels = nil
	if value == failNever {
		return nil
	}
	for name := range strings.SplitSeq(value, ",") {
		level := review.Level(strings.TrimSpace(name))
		if level == review.Calm || !slices.Contains(review.Levels, level) {
			return fmt.Errorf("%q is not one of error, blocking, destructive, warning and never", name)
		}
		*l.levels = append(*l.levels, level)
	}
	return nil
}

func parseReview(arguments []string, stdout io.Writer) (reviewOptions, error) {
	o := reviewOptions{failOn: []review.Level{review.Failing}, outputs: map[review.Form]string{}}
	flags := flag.NewFlagSet("pgphase review", flag.ContinueOnError)
	flags.StringVar(&o.plan, "plan", "", "`file` that terraform show -json wrote of the saved plan; - is standard input. Without it the plan has failed, and -stream says why")
	flags.StringVar(&o.stream, "stream", "", "`file` that terraform plan -json wrote: the warnings of the plan are nowhere else")
	flags.StringVar(&o.name, "name", "", "`name` of the environment: reports with different names are different comments")
	flags.StringVar(&o.directory, "dir", ".", "`directory` of the configuration, as it is from here: for the files and lines that SARIF names")
	flags.Var(levelList{&o.failOn}, "fail-on", "`levels` that make the exit code 3, separated by commas: error, blocking (reads or writes stop for as long as a table is large), destructive, warning; or never")
	for _, form := range []struct {
		name, what string
		form       review.Form
	}{
		{"markdown", "a comment on a pull request, of at most 65,536 characters", review.MarkdownForm},
		{"html", "a page with a picture of phases and locks, in one file", review.HTMLForm},
		{"sarif", "SARIF 2.1.0, for code scanning", review.SARIFForm},
		{"json", "everything, for programs", review.JSONForm},
		{"sql", "the statements as a script, to be read", review.SQLForm},
	} {
		flags.Func(form.name, "`file` for "+form.what+"; - is standard output", func(value string) error {
			if value == "" {
				return errors.New("it is empty")
			}
			o.outputs[form.form] = value
			return nil
		})
	}
	if err := parse(flags, arguments, reviewUsage, stdout); err != nil {
		return o, err
	}
	switch {
	case o.plan == "" && o.stream == "":
		return o, &usageError{"-plan or -stream is missing; pgphase review -help lists the flags"}
	case o.plan == "-" && o.stream == "-":
		return o, &usageError{"-plan and -stream cannot both be standard input"}
	}
	if len(o.outputs) == 0 {
		o.outputs[review.MarkdownForm] = "-"
	}
	screens := 0
	for _, path := range o.outputs {
		if path == "-" {
			screens++
		}
	}
	if screens > 1 {
		return o, &usageError{"only one form can go to standard output"}
	}
	return o, nil
}

func runReview(arguments []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parseReview(arguments, stdout)
	if err != nil {
		return err
	}
	in := review.Input{Name: o.name, Locate: review.NewDeclarations(os.DirFS(o.directory)).Locate}
	if !filepath.IsAbs(o.directory) {
		in.Base = filepath.ToSlash(o.directory)
	}
	if in.Plan, err = input(o.plan, stdin); err != nil {
		return err
	}
	if in.Stream, err = input(o.stream, stdin); err != nil {
		return err
	}
	r, err := review.Read(in)
	if err != nil {
		return err
	}
	for _, form := range slices.Sorted(maps.Keys(o.outputs)) {
		if err := writeForm(o.outputs[form], review.Forms()[form], r, stdout); err != nil {
			return err
		}
	}
	return refusal(r, o.failOn)
}

// input reads a file whole; - is standard input, and no name is no input.
func input(path string, stdin io.Reader) (io.Reader, error) {
	switch path {
	case "":
		return nil, nil //nolint:nilnil // there is none
	case "-":
		return stdin, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return bytes.NewReader(content), nil
}

func writeForm(path string, write review.Writer, r *review.Report, stdout io.Writer) error {
	if path == "-" {
		return write(stdout, r)
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return errors.Join(write(file, r), file.Close())
}

// refusedError is a plan that has what -fail-on names.
type refusedError struct{ levels []review.Level }

func (e *refusedError) Error() string {
	reasons := map[review.Level]string{
		review.Failing: "has errors", review.Blocking: "stops reads or writes for as long as a table is large",
		review.Destructive: "drops something for good", review.Warned: "has warnings",
	}
	parts := make([]string, len(e.levels))
	for i, level := range e.levels {
		parts[i] = reasons[level]
	}
	return "the plan " + strings.Join(parts, ", and ")
}

func refusal(r *review.Report, failOn []review.Level) error {
	var found []review.Level
	for _, level := range failOn {
		if r.Has(level) {
			found = append(found, level)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &refusedError{found}
}

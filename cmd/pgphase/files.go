// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/generate"
)

const importsFile = "imports.tf"

// file is one file of a configuration.
type file struct {
	name    string
	content []byte
}

func files(c generate.Configuration) []file {
	var all []file
	taken := map[string]bool{importsFile: true}
	for _, g := range c.Groups {
		name := g.Name + ".tf"
		taken[name] = true
		all = append(all, file{name, g.HCL})
	}
	for _, t := range c.Tables {
		name := fileName(t.Label, taken)
		taken[name] = true
		all = append(all, file{name, t.HCL})
	}
	if len(c.Imports) > 0 {
		all = append(all, file{importsFile, c.Imports})
	}
	return all
}

// fileName avoids names that are taken, and those that have a meaning for
// Terraform: it merges override files into the others.
func fileName(label string, taken map[string]bool) string {
	for label == "override" || strings.HasSuffix(label, "_override") || taken[label+".tf"] {
		label += "_table"
	}
	return label + ".tf"
}

// writeFiles writes a configuration into a directory, all of it or nothing:
// what is there belongs to somebody.
func writeFiles(directory string, c generate.Configuration) error {
	if err := os.MkdirAll(directory, 0o755); err != nil { //nolint:gosec // a configuration is no secret
		return fmt.Errorf("create the directory: %w", err)
	}
	var taken []string
	for _, f := range files(c) {
		_, err := os.Lstat(filepath.Join(directory, f.name))
		switch {
		case err == nil:
			taken = append(taken, f.name)
		case !errors.Is(err, os.ErrNotExist):
			return fmt.Errorf("look for the file: %w", err)
		}
	}
	if len(taken) > 0 {
		return fmt.Errorf("%s already has %s: nothing was written. Choose another directory, or move them away", directory, strings.Join(taken, ", "))
	}
	for _, f := range files(c) {
		if err := create(filepath.Join(directory, f.name), f.content); err != nil {
			return fmt.Errorf("write the configuration: %w", err)
		}
	}
	return nil
}

func create(path string, content []byte) error {
	created, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // see writeFiles
	if err != nil {
		return err
	}
	_, err = created.Write(content)
	return errors.Join(err, created.Close())
}

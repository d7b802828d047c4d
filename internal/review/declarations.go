// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Declarations finds where resources are declared: a plan does not say.
type Declarations struct {
	files fs.FS
	read  func() map[string]map[[2]string]Source
}

// NewDeclarations reads a configuration, and the modules that terraform init has
// installed, when it is first asked. What cannot be read is nowhere: a place is a
// convenience.
func NewDeclarations(files fs.FS) *Declarations {
	d := &Declarations{files: files}
	d.read = sync.OnceValue(d.readAll)
	return d
}

// Locate returns the place of a resource block in a module, the root module
// having no names.
func (d *Declarations) Locate(module []string, resourceType, name string) Source {
	return d.read()[strings.Join(module, ".")][[2]string{resourceType, name}]
}

// readAll reads the root module and those of .terraform/modules/modules.json,
// whose keys are the names of the calls with dots between them.
func (d *Declarations) readAll() map[string]map[[2]string]Source {
	all := map[string]map[[2]string]Source{"": d.readModule(".")}
	var manifest struct {
		Modules []struct {
			Key string `json:"Key"` //nolint:tagliatelle // Terraform's own
			Dir string `json:"Dir"` //nolint:tagliatelle // the same
		} `json:"Modules"` //nolint:tagliatelle // the same
	}
	content, err := fs.ReadFile(d.files, ".terraform/modules/modules.json")
	if err != nil || json.Unmarshal(content, &manifest) != nil {
		return all
	}
	for _, m := range manifest.Modules {
		if m.Key != "" {
			all[m.Key] = d.readModule(path.Clean(m.Dir))
		}
	}
	return all
}

func (d *Declarations) readModule(directory string) map[[2]string]Source {
	found := map[[2]string]Source{}
	names, _ := fs.Glob(d.files, path.Join(directory, "*.tf"))
	for _, name := range names {
		content, err := fs.ReadFile(d.files, name)
		if err != nil {
			continue
		}
		file, _ := hclparse.NewParser().ParseHCL(content, name)
		if file == nil {
			continue
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		for _, block := range body.Blocks {
			if block.Type == "resource" && len(block.Labels) == 2 {
				found[[2]string{block.Labels[0], block.Labels[1]}] = source(block.DefRange())
			}
		}
	}
	return found
}

func source(r hcl.Range) Source { return Source{File: r.Filename, Line: r.Start.Line} }

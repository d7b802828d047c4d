// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// evidence are the tests of one hazard, as package.Test.
type evidence struct {
	// Fires are tests in which it must be raised, Silent those in which it must
	// not.
	Fires, Silent []string
}

// scan reads the tests below internal for calls of fires and silent that name a
// hazard.
func scan(root string) (map[hazard.ID]evidence, error) {
	names, err := constants(filepath.Join(root, "internal", "hazard", "ids.go"))
	if err != nil {
		return nil, err
	}
	tests := map[hazard.ID]evidence{}
	err = filepath.WalkDir(filepath.Join(root, "internal"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return fmt.Errorf("parse a test: %w", err)
		}
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && strings.HasPrefix(function.Name.Name, "Test") {
				collect(function, strings.TrimSuffix(file.Name.Name, "_test")+"."+function.Name.Name, names, tests)
			}
		}
		return nil
	})
	return tests, err
}

// collect adds what one test calls.
func collect(function *ast.FuncDecl, name string, names map[string]hazard.ID, tests map[hazard.ID]evidence) {
	ast.Inspect(function, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		called, ok := call.Fun.(*ast.Ident)
		if !ok || called.Name != "fires" && called.Name != "silent" {
			return true
		}
		for _, argument := range call.Args {
			selector, ok := argument.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			id, known := names[selector.Sel.Name]
			if within, ok := selector.X.(*ast.Ident); !ok || within.Name != "hazard" || !known {
				continue
			}
			found := tests[id]
			if called.Name == "fires" {
				found.Fires = with(found.Fires, name)
			} else {
				found.Silent = with(found.Silent, name)
			}
			tests[id] = found
		}
		return true
	})
}

func with(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	names = append(names, name)
	slices.Sort(names)
	return names
}

// constants are the ids by the names of their constants.
func constants(path string) (map[string]hazard.ID, error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return nil, fmt.Errorf("parse the ids: %w", err)
	}
	names := map[string]hazard.ID{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, value := range spec.Values {
			if literal, ok := value.(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					names[spec.Names[i].Name] = hazard.ID(text)
				}
			}
		}
		return true
	})
	return names, nil
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// message is a diagnostic in the machine-readable output of Terraform.
type message struct {
	Severity, Summary, Detail, Address string
	Snippet                            *struct{ Code string }
}

// line is the line of the configuration that Terraform points at.
func (m message) line() string {
	if m.Snippet == nil {
		return ""
	}
	return strings.TrimSpace(m.Snippet.Code)
}

// messages runs a command with -json and returns its diagnostics.
func (c *cli) messages(args ...string) []message {
	c.t.Helper()
	output, _ := c.run(append([]string{args[0], "-json"}, args[1:]...)...)
	var found []message
	if args[0] == "validate" {
		var result struct{ Diagnostics []message }
		if err := json.Unmarshal([]byte(output), &result); err != nil {
			c.t.Fatalf("validate: %v\n%s", err, output)
		}
		return result.Diagnostics
	}
	for line := range strings.Lines(output) {
		var event struct {
			Type       string
			Diagnostic message
		}
		if json.Unmarshal([]byte(line), &event) == nil && event.Type == "diagnostic" &&
			event.Diagnostic.Summary != "Provider development overrides are in effect" {
			found = append(found, event.Diagnostic)
		}
	}
	return found
}

// plannedChanges plans and returns what differs between before and after, as
// "address path", apart from what describes the plan itself.
func (c *cli) plannedChanges(args ...string) []string {
	c.t.Helper()
	if output, code := c.plan(append([]string{"-out=plan"}, args...)...); code == 1 {
		c.t.Fatalf("plan: %s", output)
	}
	output, _ := c.run("show", "-json", "plan")
	var plan struct {
		ResourceChanges []struct {
			Address string
			Change  struct{ Before, After map[string]any }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(output), &plan); err != nil {
		c.t.Fatalf("show: %v\n%s", err, output)
	}
	var changes []string
	for _, r := range plan.ResourceChanges {
		for _, attribute := range []string{operationsAttribute, strongestLockAttribute, destructiveAttribute} {
			delete(r.Change.Before, attribute)
			delete(r.Change.After, attribute)
		}
		for _, path := range differingPaths("", r.Change.Before, r.Change.After) {
			changes = append(changes, r.Address+" "+path)
		}
	}
	slices.Sort(changes)
	return changes
}

// differingPaths are the places in which two JSON values differ.
func differingPaths(at string, a, b any) []string {
	below := func(name string) string { return strings.TrimPrefix(at+"."+name, ".") }
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return []string{at}
		}
		keys := maps.Clone(x)
		maps.Copy(keys, y)
		var paths []string
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			paths = append(paths, differingPaths(below(key), x[key], y[key])...)
		}
		return paths
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			var paths []string
			for i := range x {
				paths = append(paths, differingPaths(below(strconv.Itoa(i)), x[i], y[i])...)
			}
			return paths
		}
	}
	if reflect.DeepEqual(a, b) {
		return nil
	}
	return []string{at}
}

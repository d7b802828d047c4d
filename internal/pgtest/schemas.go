// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"os"
	"path/filepath"
	"testing"
)

// RealSchema is the structure of an application that people run.
type RealSchema struct {
	Name string
	// Since is the first major version that accepts it.
	Since int
	// Major is the version for tests that take long. Together they are all that
	// are supported.
	Major int
	// Tables is the number of its tables, partitions included.
	Tables int
}

// RealSchemas are those of the collection that lies beside the source tree.
var RealSchemas = []RealSchema{
	{Name: "adventureworks", Since: 14, Major: 16, Tables: 68},
	{Name: "cratesio", Since: 14, Major: 14, Tables: 35},
	{Name: "hatchet", Since: 14, Major: 17, Tables: 132},
	{Name: "lakekeeper", Since: 15, Major: 15, Tables: 49},
	{Name: "pagila", Since: 14, Major: 18, Tables: 22},
	{Name: "triggerdev", Since: 14, Major: 18, Tables: 86},
}

// SQL is the text that creates it. A test without the collection is skipped. The
// package of the test is two directories below the root.
func (s RealSchema) SQL(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "schemas", s.Name+".sql"))
	if err != nil {
		t.Skipf("the collection of real schemas is not here: %v", err)
	}
	return string(text)
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Command hazardguide writes the guide about hazards to standard output: from
// the catalog, and from the tests, whose sources it reads for calls of fires
// and silent.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	flag.Parse()
	if err := run(*root); err != nil {
		fmt.Fprintln(os.Stderr, "hazardguide:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	tests, err := scan(root)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	if err := write(out, tests); err != nil {
		return err
	}
	return out.Flush()
}

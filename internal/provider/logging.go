// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"os"
	"strings"
)

// LimitLogs makes the plugin libraries log no more than Terraform was asked to
// show. Left alone they write several lines for each attribute of each call at
// the level TRACE, whatever TF_LOG says: hundreds for one table in one plan,
// which Terraform decodes and drops.
//
// What the environment sets for a library stays. It is for the start of a
// process, as the libraries read the environment with each call.
func LimitLogs() {
	level := cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "OFF")
	if strings.EqualFold(level, "JSON") {
		level = "TRACE" // as in Terraform
	}
	root := cmp.Or(os.Getenv("TF_LOG_SDK"), level)
	// A part without a level would look the level up with each line.
	for _, variable := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"} {
		if os.Getenv(variable) == "" {
			_ = os.Setenv(variable, root) // fails for an invalid name only
		}
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"testing"
)

// TestLimitLogs is not parallel: it is about the environment of the process.
func TestLimitLogs(t *testing.T) {
	names := []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK"}
	for name, test := range map[string]struct {
		set                    map[string]string
		sdk, proto, frameworks string
	}{
		"nothing asked":      {nil, "OFF", "OFF", "OFF"},
		"everything":         {map[string]string{"TF_LOG": "debug"}, "debug", "debug", "debug"},
		"as JSON":            {map[string]string{"TF_LOG": "json"}, "TRACE", "TRACE", "TRACE"},
		"of providers":       {map[string]string{"TF_LOG": "ERROR", "TF_LOG_PROVIDER": "WARN"}, "WARN", "WARN", "WARN"},
		"of the libraries":   {map[string]string{"TF_LOG_SDK": "INFO"}, "INFO", "INFO", "INFO"},
		"of one library":     {map[string]string{"TF_LOG": "INFO", "TF_LOG_SDK_PROTO": "TRACE"}, "INFO", "TRACE", "INFO"},
		"only the framework": {map[string]string{"TF_LOG_SDK_FRAMEWORK": "DEBUG"}, "OFF", "OFF", "DEBUG"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range names {
				t.Setenv(variable, test.set[variable])
			}
			LimitLogs()
			for variable, want := range map[string]string{"TF_LOG_SDK": test.sdk, "TF_LOG_SDK_PROTO": test.proto, "TF_LOG_SDK_FRAMEWORK": test.frameworks} {
				if got := os.Getenv(variable); got != want {
					t.Errorf("%s is %q, want %q", variable, got, want)
				}
			}
		})
	}
}

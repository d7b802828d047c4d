// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"slices"
)

// parameterSupport says what becomes of a parameter that pgx does not know itself and
// would hand to the server as a setting of the session.
type parameterSupport int

const (
	unknownParameter parameterSupport = iota
	// sessionSetting is one that the server knows.
	sessionSetting
	// harmlessParameter ones tune what Go does well by itself, or ask for what is
	// the case anyway; they are dropped.
	harmlessParameter
	// refusedParameter ones change where or how safely we connect.
	refusedParameter
)

// libpqParameters are those of libpq (manual, section 34.1.2) that pgx leaves over.
var libpqParameters = map[string]parameterSupport{
	"application_name": sessionSetting,
	"options":          sessionSetting,
	"timezone":         sessionSetting, // from PGTZ

	"client_encoding":           harmlessParameter, // always UTF8
	"fallback_application_name": harmlessParameter, // taken over before
	"gssdelegation":             harmlessParameter,
	"gsslib":                    harmlessParameter,
	"keepalives":                harmlessParameter,
	"keepalives_count":          harmlessParameter,
	"keepalives_idle":           harmlessParameter,
	"keepalives_interval":       harmlessParameter,
	"sslcompression":            harmlessParameter, // never used
	"tcp_user_timeout":          harmlessParameter,

	"gssencmode":               refusedParameter,
	"hostaddr":                 refusedParameter,
	"load_balance_hosts":       refusedParameter,
	"oauth_client_id":          refusedParameter,
	"oauth_issuer":             refusedParameter,
	"replication":              refusedParameter,
	"requirepeer":              refusedParameter,
	"scram_client_key":         refusedParameter,
	"scram_server_key":         refusedParameter,
	"ssl_max_protocol_version": refusedParameter,
	"ssl_min_protocol_version": refusedParameter,
	"sslcrl":                   refusedParameter,
	"sslcrldir":                refusedParameter,
	"sslkeylogfile":            refusedParameter,
}

// acceptableValues are values of refused parameters that ask for what we do anyway.
var acceptableValues = map[string][]string{
	"gssencmode":               {"disable", "prefer"},
	"load_balance_hosts":       {"disable"},
	"ssl_min_protocol_version": {"TLSv1", "TLSv1.1", "TLSv1.2"},
}

// unsupportedParameterError names a parameter of the URL or of the service file
// that cannot be honoured.
type unsupportedParameterError struct {
	parameter string
	support   parameterSupport
}

func (e *unsupportedParameterError) Error() string {
	if e.support == refusedParameter {
		return fmt.Sprintf("The connection parameter %s of libpq is not supported by this provider. To ignore it would make another connection than the "+
			"one that was asked for. Remove it from url, or from the service file.", e.parameter)
	}
	return fmt.Sprintf("%q is not a connection parameter. A setting of the session is written as options = \"-c %s=...\".", e.parameter, e.parameter)
}

// checkParameters returns an error for the first parameter that would be lost
// or sent to a server that does not know it.
func checkParameters(given map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch support := libpqParameters[name]; {
		case support == sessionSetting, support == harmlessParameter:
		case slices.Contains(acceptableValues[name], given[name]):
		default:
			return &unsupportedParameterError{name, support}
		}
	}
	return nil
}

// refusedVariables are variables of libpq that pgx does not read, by what they
// ask for.
var refusedVariables = map[string]string{
	"PGHOSTADDR":              "it overrides the address that the host name stands for",
	"PGREQUIREPEER":           "it asks for a certain owner of the Unix socket",
	"PGSSLCRL":                "it names a list of revoked certificates",
	"PGSSLCRLDIR":             "it names a directory of revoked certificates",
	"PGSSLMAXPROTOCOLVERSION": "it bounds the version of TLS",
}

// refuseEnvironment reports a variable that psql would obey and we could not.
func refuseEnvironment(lookup func(string) (string, bool)) *environmentError {
	for _, name := range slices.Sorted(maps.Keys(refusedVariables)) {
		if value, _ := lookup(name); value != "" {
			return &environmentError{name, refusedVariables[name]}
		}
	}
	if value, _ := lookup("PGGSSENCMODE"); value == "require" {
		return &environmentError{"PGGSSENCMODE", "it asks for encryption by GSSAPI"}
	}
	return nil
}

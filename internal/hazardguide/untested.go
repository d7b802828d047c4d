// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import "github.com/pgphase/terraform-provider-pgphase/internal/hazard"

// untested are the hazards that are reported and have no test of their own
// both ways, with the reason; the guide shows it.
var untested = map[hazard.ID]string{}

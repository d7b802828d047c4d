// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package terraform runs the real Terraform, or OpenTofu, with the provider of
// this source tree, for the demonstration and for measurements. Nothing is
// downloaded: a development override names the provider, so there is no init.
package terraform

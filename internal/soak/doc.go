// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package soak has tests alone: rounds of transitions, each taken back and
// forth at random through the real Terraform, while writers of every kind write
// and something goes down at a random moment. `make soak` runs many of them.
//
//	go test ./internal/soak -v -count=1 -timeout=0 -args -rounds=200 -seed=7
package soak

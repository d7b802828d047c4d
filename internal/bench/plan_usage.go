// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// pollInterval is how often the provider is looked at. What it uses only grows,
// so that what is missed is what it used in its last moments.
const pollInterval = 10 * time.Millisecond

// usage is what the providers of one command use, by their process ids:
// Terraform starts several, one after the other, for the schema, to validate,
// to plan. It stays empty where there is no /proc.
type usage map[int]processUsage

type processUsage struct {
	processor  time.Duration
	peakMemory int64 // in bytes
}

// watch is for [terraform.Workspace.RunWatched].
func (u usage) watch(ctx context.Context, parent int) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, pid := range childrenNamed(parent, terraform.ProviderBinary) {
			last := u[pid]
			u[pid] = processUsage{max(last.processor, processOf(pid).processor), max(last.peakMemory, highWaterMark(pid))}
		}
	}
}

func (u usage) processor() (sum time.Duration) {
	for _, process := range u {
		sum += process.processor
	}
	return sum
}

func (u usage) peakMemory() (peak int64) {
	for _, process := range u {
		peak = max(peak, process.peakMemory)
	}
	return peak
}

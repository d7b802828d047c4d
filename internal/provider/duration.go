// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// durationRange accepts durations as Go writes them ("1m30s") between bounds
// that make sense.
type durationRange struct {
	minimum, maximum time.Duration // a maximum of 0 is none
	step             time.Duration // a unit that the value has to be a multiple of, or 0
	why              string        // what a value outside of the bounds would do
}

var _ validator.String = durationRange{}

const day = 24 * time.Hour

// The ranges of the provider's durations. An upper bound is where a value can
// only be a slip of units.
var (
	lockTimeoutRange = durationRange{
		minimum: time.Millisecond, maximum: day,
		why: "PostgreSQL counts lock_timeout in milliseconds and takes 0 as no limit: everybody else would queue behind the change for as long as somebody reads the table.",
	}
	lockDeadlineRange = durationRange{
		minimum: time.Millisecond, maximum: 7 * day,
		why: "It bounds how long an apply waits for one lock; with 0 no change could ever get one.",
	}
	batchDurationRange = durationRange{
		minimum: time.Millisecond, maximum: time.Minute,
		why: "Each batch holds the locks of its rows, and keeps VACUUM from cleaning up, as long as it runs.",
	}
	pauseRange = durationRange{
		maximum: time.Hour,
		why:     "The pause is made after each batch.",
	}
	replicationLagRange = durationRange{
		minimum: time.Millisecond, maximum: day,
		why: "A standby always lags a little; with 0 a backfill would never go on.",
	}
	soakRange = durationRange{
		maximum: 366 * day,
		why:     "Until then the old structure and the trigger that keeps it current stay.",
	}
	connectTimeoutRange = durationRange{
		minimum: time.Second, maximum: time.Hour, step: time.Second,
		why: "A connection takes at least a round trip of the network, and an address that does not answer must not hold up a plan.",
	}
)

func (r durationRange) Description(context.Context) string {
	text := fmt.Sprintf("a duration such as 500ms, 10s or 1h30m, of at least %s", r.minimum)
	if r.maximum > 0 {
		text += fmt.Sprintf(" and at most %s", r.maximum)
	}
	if r.step > 0 {
		text += fmt.Sprintf(", in steps of %s", r.step)
	}
	return text
}

func (r durationRange) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r durationRange) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("%q is not a duration", text),
			fmt.Sprintf("A duration is a number with its unit: ms, s, m or h. Wanted is %s.", r.Description(ctx)))
	case d < r.minimum || r.maximum > 0 && d > r.maximum:
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("%s makes no sense here", text),
			fmt.Sprintf("%s\n\nWanted is %s.", r.why, r.Description(ctx)))
	case r.step > 0 && d%r.step != 0:
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("%s is not a multiple of %s", text, r.step),
			fmt.Sprintf("Wanted is %s.", r.Description(ctx)))
	}
}

// durationOr returns a duration that passed validation, or the default where
// there is none.
func durationOr(value types.String, fallback time.Duration) (time.Duration, error) {
	if value.IsNull() || value.IsUnknown() {
		return fallback, nil
	}
	return time.ParseDuration(value.ValueString())
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package words says numbers and durations as people do.
package words

import (
	"fmt"
	"strconv"
	"time"
)

// Day is what people call one: 24 hours.
const Day = 24 * time.Hour

// Thousands writes 1234567 as 1,234,567.
func Thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Times is "once", "2 times", "1,000 times".
func Times(n int64) string {
	if n == 1 {
		return "once"
	}
	return Thousands(n) + " times"
}

// Duration rounds to what people say: 3 days, 2 hours, 5 minutes.
func Duration(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{Day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		switch n := d / unit.length; {
		case n >= 2:
			return fmt.Sprintf("%d %ss", n, unit.name)
		case n == 1 && unit.length == time.Second:
			return "1 second"
		}
	}
	return "less than a second"
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package retypetest_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

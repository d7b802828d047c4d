// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import "context"

type upcomingKey struct{}

// WithUpcoming returns a context in which expressions are compared as if the
// statements had run: they create schemas, types and sequences that the same run
// creates before the table. They run in the transaction that is rolled back.
func WithUpcoming(ctx context.Context, statements []string) context.Context {
	if len(statements) == 0 {
		return ctx
	}
	return context.WithValue(ctx, upcomingKey{}, statements)
}

func upcoming(ctx context.Context) []string {
	statements, _ := ctx.Value(upcomingKey{}).([]string)
	return statements
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// typeCache remembers what the server said of a type: thousands of columns
// share a dozen types.
type typeCache struct {
	mu       sync.Mutex
	resolved map[string]schema.Type
}

// resolve asks for the texts that are not known yet. A refused text is asked
// again the next time: somebody may create the type meanwhile.
func (c *typeCache) resolve(ctx context.Context, with func(context.Context, func(*pgx.Conn) error) error, texts []string) (resolved map[string]schema.Type, refused map[string]error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resolved == nil {
		c.resolved = map[string]schema.Type{}
	}
	var unknown []string
	for _, text := range texts {
		if _, known := c.resolved[text]; !known {
			unknown = append(unknown, text)
		}
	}
	resolved = map[string]schema.Type{}
	if len(unknown) > 0 {
		err = with(ctx, func(conn *pgx.Conn) error {
			answers, no, err := catalog.ResolveTypes(ctx, conn, unknown)
			maps.Copy(c.resolved, answers)
			refused = no
			return err
		})
	}
	for _, text := range texts {
		if answer, known := c.resolved[text]; known {
			resolved[text] = answer
		}
	}
	return resolved, refused, err
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Canonicalize returns the desired table with the server's own text and the
// volatility of each expression, and with the collations and operator classes
// of keys left out where they are the default ones: as Read would return them
// after an apply. Each expression that the server refuses is reported and
// otherwise left alone; the other errors do not concern an expression.
//
// observed may be nil; its columns can be named by expressions as well, and
// its expressions decide where PostgreSQL prints one meaning in two ways (see
// reconcile). The types of the columns must have been resolved. A
// *CannotCompareError means that expressions were only parsed and Canonical
// stays empty.
func Canonicalize(ctx context.Context, conn *pgx.Conn, desired schema.Table, observed *schema.Table) (schema.Table, []*ExpressionError, error) {
	canonical, refused, err := canonicalizeStored(ctx, conn, desired, observed)
	var cannot *CannotCompareError
	if err != nil && !errors.As(err, &cannot) {
		return canonical, refused, err
	}
	for _, ask := range []func(context.Context, *pgx.Conn, *schema.Table, *schema.Table) ([]*ExpressionError, error){
		canonicalizeReplacements, canonicalizeConversions,
	} {
		more, moreErr := ask(ctx, conn, &canonical, observed)
		if cannot == nil || !errors.As(moreErr, &cannot) {
			err = errors.Join(err, moreErr)
		}
		refused = append(refused, more...)
	}
	return canonical, refused, err
}

// canonicalizeReplacements gives the expressions of replacements the server's
// words, and lets it judge whether each side can be assigned to the other one.
// Replacements whose old columns are not all there are left alone: they are
// over, or a mistake that a plan explains.
func canonicalizeReplacements(ctx context.Context, conn *pgx.Conn, desired *schema.Table, observed *schema.Table) ([]*ExpressionError, error) {
	if observed == nil {
		return nil, nil
	}
	refused, err := askReplacements(ctx, conn, desired, observed)
	if err != nil || len(refused) > 0 {
		return refused, err
	}
	// As for what is stored: only the text that reads back as itself will do
	// (see settle). What does not even parse again must not reach a trigger.
	again := cloneExpressions(*desired)
	changed := false
	for i, column := range desired.Columns {
		if column.Replaces != nil {
			changed = restate(again.Columns[i].Replaces, *column.Replaces) || changed
		}
	}
	if !changed {
		return nil, nil
	}
	refused, err = askReplacements(ctx, conn, &again, observed)
	if err != nil || len(refused) > 0 {
		return refused, err
	}
	for i, column := range desired.Columns {
		if column.Replaces != nil {
			settleReplacement(column.Replaces, *again.Columns[i].Replaces)
		}
	}
	return nil, nil
}

// restate makes the canonical texts those of the author.
func restate(again *schema.Replacement, known schema.Replacement) (changed bool) {
	if known.Up != nil && known.Up.Canonical != "" {
		changed = known.Up.Canonical != known.Up.Text
		again.Up.Text = known.Up.Canonical
	}
	for old, e := range known.Down {
		if e.Canonical != "" {
			changed = changed || e.Canonical != e.Text
			again.Down[old] = schema.Expression{Text: e.Canonical}
		}
	}
	return changed
}

func settleReplacement(r *schema.Replacement, settled schema.Replacement) {
	if r.Up != nil && settled.Up.Canonical != "" {
		r.Up.Canonical = settled.Up.Canonical
	}
	for old, e := range r.Down {
		if s := settled.Down[old]; s.Canonical != "" {
			e.Canonical = s.Canonical
			r.Down[old] = e
		}
	}
}

// askReplacements asks about every expression once.
func askReplacements(ctx context.Context, conn *pgx.Conn, desired *schema.Table, observed *schema.Table) ([]*ExpressionError, error) {
	groups := replacementGroups(desired.Columns, observed)
	if len(groups) == 0 {
		return nil, nil
	}
	involved := schema.Table{Name: desired.Name}
	for _, group := range groups {
		for _, column := range slices.Concat(group.old, group.new) {
			if involved.Column(column.Name) == nil {
				involved.Columns = append(involved.Columns, column)
			}
		}
	}
	b := newWorkbench(conn, involved, nil)
	r := &replacements{bench: b}
	for _, group := range groups {
		r.addGroup(group)
	}
	refused, err := b.run(ctx)
	return append(refused, r.beyond...), err
}

// replacementGroup are columns that are replaced together.
type replacementGroup struct{ old, new []schema.Column }

// replacementGroups joins replacements that share an old column: their trigger
// sees the columns of all of them.
func replacementGroups(columns []schema.Column, observed *schema.Table) []replacementGroup {
	var groups []replacementGroup
	for _, column := range columns {
		old := oldColumns(column, observed)
		if len(old) == 0 {
			continue
		}
		joined := replacementGroup{new: []schema.Column{column}, old: old}
		var rest []replacementGroup
		for _, group := range groups {
			if !slices.ContainsFunc(group.old, func(c schema.Column) bool { return slices.Contains(column.Replaces.Columns, c.Name) }) {
				rest = append(rest, group)
				continue
			}
			joined.new = append(slices.Clone(group.new), joined.new...)
			for _, c := range group.old {
				if find(joined.old, c.Name) == nil {
					joined.old = append(joined.old, c)
				}
			}
		}
		rest = append(rest, joined)
		groups = rest
	}
	return groups
}

// oldColumns are those that a column replaces; none unless all of them are
// there.
func oldColumns(column schema.Column, observed *schema.Table) []schema.Column {
	if column.Replaces == nil {
		return nil
	}
	var old []schema.Column
	for _, name := range column.Replaces.Columns {
		c := observed.Column(name)
		if c == nil || name == column.Name {
			return nil
		}
		old = append(old, bare(*c))
	}
	return old
}

func find(columns []schema.Column, name schema.Name) *schema.Column {
	i := slices.IndexFunc(columns, func(c schema.Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &columns[i]
}

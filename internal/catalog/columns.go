// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"math"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// columnRow is a row of sql/columns.sql.
type columnRow struct {
	Table            uint32
	Position         int
	Name             schema.Name
	Type             string
	TypeOID          uint32 `json:"type_oid"`
	NotNull          bool   `json:"not_null"`
	Identity         string
	Generated        string
	Expression       *string
	Volatility       schema.Volatility
	Collation        schema.QualifiedName
	Compression      string
	Storage          string
	StatisticsTarget *int `json:"statistics_target"`
	Comment          string
	Inherited        bool
	Grants           []grantRow
	IdentitySequence *sequenceRow `json:"identity_sequence"`
	OwnedSequence    *sequenceRow `json:"owned_sequence"`
}

type sequenceRow struct {
	Schema, Name schema.Name
	Type         string
	Start        int64
	Increment    int64
	MinValue     int64 `json:"min_value"`
	MaxValue     int64 `json:"max_value"`
	Cache        int64
	Cycle        bool
}

var compressions = map[string]string{"p": "pglz", "l": "lz4"}

var storages = map[string]string{"p": "plain", "e": "external", "x": "extended", "m": "main"}

func (row columnRow) column(types typeTable) schema.Column {
	column := schema.Column{
		Name:             row.Name,
		Type:             types.column(row.TypeOID, row.Type),
		Nullable:         !row.NotNull,
		Collation:        row.Collation,
		Compression:      compressions[row.Compression],
		Storage:          storages[row.Storage],
		StatisticsTarget: row.StatisticsTarget,
		Comment:          row.Comment,
		Position:         row.Position,
		Inherited:        row.Inherited,
	}
	switch {
	case row.Expression == nil:
	case row.Generated != "":
		column.Generated = &schema.Generated{
			Expression: observedExpression(*row.Expression, row.Volatility), Virtual: row.Generated == "v",
		}
	default:
		e := observedExpression(*row.Expression, row.Volatility)
		column.Default = &e
	}
	if row.Identity != "" {
		column.Identity = &schema.Identity{Always: row.Identity == "a"}
		if s := row.IdentitySequence; s != nil {
			column.Identity.Sequence = s.options()
			column.Identity.SequenceName = schema.QualifiedName{Schema: s.Schema, Name: s.Name}
		}
	}
	if s := row.OwnedSequence; s != nil {
		column.OwnedSequence = schema.QualifiedName{Schema: s.Schema, Name: s.Name}
	}
	return column
}

// observedExpression is one that the server printed: its own spelling is the
// only one that is known.
func observedExpression(text string, volatility schema.Volatility) schema.Expression {
	return schema.Expression{Text: text, Canonical: text, Volatility: volatility}
}

// options keeps what differs from the defaults of CREATE SEQUENCE, which
// depend on type and direction.
func (s sequenceRow) options() schema.SequenceOptions {
	lowest, highest := int64(math.MinInt64), int64(math.MaxInt64)
	switch s.Type {
	case "smallint":
		lowest, highest = math.MinInt16, math.MaxInt16
	case "integer":
		lowest, highest = math.MinInt32, math.MaxInt32
	}
	start := s.MinValue
	if s.Increment > 0 {
		lowest = 1
	} else {
		highest = -1
		start = s.MaxValue
	}
	differing := func(value, usual int64) *int64 {
		if value == usual {
			return nil
		}
		return &value
	}
	return schema.SequenceOptions{
		Start:     differing(s.Start, start),
		Increment: differing(s.Increment, 1),
		MinValue:  differing(s.MinValue, lowest),
		MaxValue:  differing(s.MaxValue, highest),
		Cache:     differing(s.Cache, 1),
		Cycle:     s.Cycle,
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// ResolveTypes asks the server what the texts mean as types of columns, under
// the session's own search_path. A text ends up in exactly one of the maps.
// The third result is an error that concerns no single text.
//
// The texts are parsed, never executed: CAST(NULL AS ...) yields the modifier,
// to_regtype() the type itself, because a result column of a domain is
// described as its base type.
func ResolveTypes(ctx context.Context, conn *pgx.Conn, texts []string) (map[string]schema.Type, map[string]error, error) {
	texts = slices.Compact(slices.Sorted(slices.Values(texts)))
	resolved, refused := map[string]schema.Type{}, map[string]error{}
	var plain []string
	for _, text := range texts {
		if err := (schema.Type{Text: text}).Validate(); err != nil {
			refused[text] = &TypeError{Text: text, Message: err.Error()}
			continue
		}
		plain = append(plain, text)
	}
	found, err := describeTypes(ctx, conn, plain, refused)
	if err != nil || len(found) == 0 {
		return resolved, refused, err
	}
	return resolved, refused, nameTypes(ctx, conn, found, resolved, refused)
}

// describedType is a type as the parser sees it.
type describedType struct {
	text     string
	oid      uint32
	modifier int32
}

// describeTypes runs without a transaction of its own, so that each text fails
// alone.
func describeTypes(ctx context.Context, conn *pgx.Conn, texts []string, refused map[string]error) ([]describedType, error) {
	found := make([]describedType, len(texts))
	var statements []statement
	for i, text := range texts {
		found[i] = describedType{text: text, modifier: -1}
		statements = append(statements,
			statement{
				sql: "SELECT CAST(NULL AS " + text + "\n)",
				describe: func(fields []pgconn.FieldDescription) error {
					if len(fields) != 1 {
						return &TypeError{Text: text, Message: "it is more than one type"}
					}
					found[i].modifier = fields[0].TypeModifier
					return nil
				},
			},
			statement{
				sql: "SELECT pg_catalog.to_regtype($1::text)::pg_catalog.oid", args: []string{text}, last: true,
				row: func(value []byte) error {
					oid, err := strconv.ParseUint(string(value), 10, 32)
					if err != nil {
						return &TypeError{Text: text, Message: "it is not the name of a type"}
					}
					found[i].oid = uint32(oid)
					return nil
				},
			})
	}
	results, err := flyUserPath(ctx, conn.PgConn(), statements)
	if err != nil {
		return nil, fmt.Errorf("resolve types: %w", err)
	}
	for i, text := range texts {
		err := firstError(results[2*i : 2*i+2])
		var typeError *TypeError
		switch {
		case err == nil:
		case errors.As(err, &typeError):
			refused[text] = typeError
		case isServerError(err):
			refused[text] = refusedType(text, err)
		default:
			return nil, fmt.Errorf("resolve types: %w", err)
		}
	}
	return slices.DeleteFunc(found, func(d describedType) bool { return refused[d.text] != nil }), nil
}

func refusedType(text string, err error) *TypeError {
	refused := &TypeError{Text: text, Message: err.Error(), SQLState: sqlState(err)}
	if serverError, ok := errors.AsType[*pgconn.PgError](err); ok {
		refused.Message, refused.Advice = serverError.Message, serverError.Hint
	}
	if refused.Advice == "" && refused.SQLState == stateUndefinedObject {
		refused.Advice = "a type of a schema that is not in search_path needs the schema's name, one of an extension the extension"
	}
	return refused
}

// nameTypes prints the types and reads their facts under fixed settings.
func nameTypes(ctx context.Context, conn *pgx.Conn, found []describedType,
	resolved map[string]schema.Type, refused map[string]error,
) (err error) {
	oids := make([]string, len(found))
	modifiers := make([]string, len(found))
	for i, d := range found {
		oids[i], modifiers[i] = strconv.FormatUint(uint64(d.oid), 10), strconv.FormatInt(int64(d.modifier), 10)
	}
	oidList := "{" + strings.Join(oids, ",") + "}"
	var names []string
	var facts []typeRow
	defer func() { err = errors.Join(err, endTransaction(ctx, conn)) }()
	err = firstError(fly(ctx, conn.PgConn(), []statement{
		{sql: "BEGIN READ ONLY"},
		{sql: settings, args: timeouts(readStatementTimeout, readLockTimeout)},
		{
			// A domain has no modifier; the described one is that of its base.
			sql: `SELECT to_json(format_type(t.oid, CASE t.typtype WHEN 'd' THEN -1 ELSE used.modifier END))
FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS used (oid, modifier, position)
JOIN pg_catalog.pg_type AS t ON t.oid = used.oid
ORDER BY used.position`,
			args: []string{oidList, "{" + strings.Join(modifiers, ",") + "}"}, row: collect(&names),
		},
		{
			sql:  variant{Version: serverVersion(conn)}.query("types"),
			args: []string{"{}", oidList}, row: collect(&facts),
		},
		{sql: "COMMIT"},
	}))
	if err != nil {
		return fmt.Errorf("resolve types: %w", err)
	}
	if len(names) != len(found) {
		return errors.New("resolve types: a type was dropped meanwhile")
	}
	types := newTypeTable(facts)
	for i, d := range found {
		if types[d.oid].Kind == "p" {
			refused[d.text] = &TypeError{
				Text: d.text, Message: "it is a pseudo-type, which only functions can have", Advice: pseudoTypeAdvice(d.text),
			}
			continue
		}
		resolved[d.text] = schema.Type{Text: d.text, Canonical: names[i], Facts: types.facts(d.oid)}
	}
	return nil
}

func pseudoTypeAdvice(text string) string {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "unknown":
		return "write text"
	case "record":
		return "write jsonb, or a composite type"
	case "anyarray":
		return "write an array of one type, such as text[]"
	}
	return ""
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The server says whether a name, a literal and an expression are what they
// were meant to be once they are part of a statement. make test asks about the
// seeds and some thousand texts made of the pieces that quoting is about, always
// the same; make fuzz looks for more.

// judges are sessions with the oldest and the newest server: their scanners
// differ, in numbers for example.
func judges(t testing.TB) []*pgx.Conn {
	t.Helper()
	var list []*pgx.Conn
	for _, major := range []int{pgtest.Versions()[0], pgtest.Newest()} {
		conn := pgtest.Shared(t, major).Database(t).Connect(t)
		if _, err := conn.Exec(t.Context(), "SET check_function_bodies = off; SET client_min_messages = error"); err != nil {
			t.Fatal(err)
		}
		list = append(list, conn)
	}
	return list
}

// pieces are what quoting and nesting are about.
var pieces = []string{
	"'", `\`, "''", `\'`, "E'", "e'", "U&'", "x'", "n'", `"`, `""`, `U&"`, "$$", "$a$", "$", "$b", "(", ")", "[", "]", ";", ",", "--", "/*", "*/", "/", "*", "-", "+",
	"\n", "\r", " ", "\t", "\f", "\v", "1", "1e", ".", "0x", "e", "a", "и", " AS x ", " OR ", "a b", ":", "::", "=", "UESCAPE", "NULL", "_",
}

// compose makes a text of pieces, so that every input of a fuzzer says
// something.
func compose(choices []byte) string {
	var b strings.Builder
	for _, c := range choices {
		b.WriteString(pieces[int(c)%len(pieces)])
	}
	return b.String()
}

// composed calls check with texts made of pieces, the same in each run.
func composed(texts int, check func(text string)) {
	random := rand.New(rand.NewPCG(6, 0))
	for range texts {
		choices := make([]byte, 1+random.IntN(14))
		for i := range choices {
			choices[i] = byte(random.IntN(256))
		}
		check(compose(choices))
	}
}

func FuzzName(f *testing.F) {
	conns := judges(f)
	for _, seed := range []string{"a", "select", "A", `a"b`, "ä", "", "\x00", "\xff", strings.Repeat("x", 64), "🐘", "--", "$1", " ", "a\n"} {
		f.Add(seed)
	}
	composed(300, func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		for _, conn := range conns {
			judgeName(t, conn, text)
		}
	})
}

// judgeName compares what a name is with what a column is called that was given
// it.
func judgeName(t *testing.T, conn *pgx.Conn, text string) {
	t.Helper()
	name := schema.Name(text)
	valid := name.Validate() == nil
	described, err := conn.PgConn().Prepare(t.Context(), "", "SELECT 1 AS "+name.Quote()+", 2 AS pgphase_last", nil)
	same := err == nil && len(described.Fields) == 2 && described.Fields[0].Name == text && described.Fields[1].Name == "pgphase_last"
	if valid != same {
		t.Errorf("%q is valid: %v; the server takes %s for it: %v, %v", text, valid, name.Quote(), same, err)
	}
	q := schema.QualifiedName{Schema: name, Name: name}
	if parsed, err := schema.ParseQualifiedName(q.String()); valid && (err != nil || parsed != q) {
		t.Errorf("%q becomes the id %s, and that %v, %v", text, q, parsed, err)
	}
}

func FuzzLiteral(f *testing.F) {
	conns := judges(f)
	for _, seed := range []string{"", "it's", `\`, `\'`, `'\`, "a\nb", "$$", "🐘", "E'", "%s"} {
		f.Add(seed)
	}
	composed(300, func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		for _, conn := range conns {
			for _, strings := range []string{"on", "off"} {
				judgeLiteral(t, conn, text, strings)
			}
		}
	})
}

// judgeLiteral reads a literal back. Texts that PostgreSQL cannot store make an
// error of the whole statement.
func judgeLiteral(t *testing.T, conn *pgx.Conn, text, conforming string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "SET standard_conforming_strings = "+conforming); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = conn.Exec(t.Context(), "SET standard_conforming_strings = on") }()
	results, err := conn.PgConn().Exec(t.Context(), "SELECT "+ddl.Literal(text)+", 2").ReadAll()
	stored := schema.Name("n"+text).Validate() == nil || len(text) >= schema.MaxNameBytes && !strings.ContainsRune(text, 0)
	switch {
	case err != nil && stored && strings.ToValidUTF8(text, "") == text:
		t.Errorf("standard_conforming_strings = %s: %q is refused: %v", conforming, text, err)
	case err == nil && (len(results) != 1 || len(results[0].Rows) != 1 || string(results[0].Rows[0][0]) != text || len(results[0].Rows[0]) != 2):
		t.Errorf("standard_conforming_strings = %s: %q is read as %v", conforming, text, results)
	}
}

func FuzzExpression(f *testing.F) {
	conns := judges(f)
	for _, seed := range []string{
		"1) AS x, (2", "1 --\r) AS x, (2 --\n", "E'a'\n'\\'' || 'x' || '", "E'a' -- c\n'b\\''", "0x$a$E'$a$", "1_0$a$ ' $a$", "(SELECT 1e--'\n) AS x, (SELECT '", "1e'\\'", "1e-5", "U&'\\0041' UESCAPE '!'",
		"$a$ $$ $a$", "a$$b", "/* /* */ */ 1", "'\\'", "lower(b) || E'\\n'", "ARRAY[1, 2][1]", "1 /* '\n */ + 1", "$b$a$b$", "'a'\n'b'",
	} {
		f.Add(seed)
	}
	composed(2000, func(text string) { f.Add(text) })
	f.Fuzz(func(t *testing.T, text string) {
		expression := schema.Expression{Text: text}
		if expression.Validate() != nil {
			return
		}
		for _, conn := range conns {
			judgeScan(t, conn, text)
			judgeExpression(t, conn, expression)
		}
	})
}

// FuzzPieces is FuzzExpression for texts that are made of pieces.
func FuzzPieces(f *testing.F) {
	conns := judges(f)
	f.Add([]byte("some pieces"))
	f.Fuzz(func(t *testing.T, choices []byte) {
		text := compose(choices)
		if expression := (schema.Expression{Text: text}); expression.Validate() == nil {
			for _, conn := range conns {
				judgeScan(t, conn, text)
				judgeExpression(t, conn, expression)
			}
		}
	})
}

// refusedToken are complaints about a single token, whose end the server and we
// agree on: such a text never becomes a part of anything.
var refusedToken = regexp.MustCompile(`^(trailing junk after |invalid Unicode |invalid (hexa|)decimal|invalid hexadecimal|invalid binary|".*" is not a valid (hexa|bin)|` +
	`UESCAPE must be|conflicting or redundant|unsafe use of|invalid escape|operator too long|invalid digit|value too long)`)

// judgeScan asks the server's scanner where the text ends. Within PL/pgSQL that
// is not checked, a statement may be any tokens up to its semicolon, if only
// parentheses match: what follows the text is reached, or the text reaches
// beyond its end.
func judgeScan(t *testing.T, conn *pgx.Conn, text string) {
	t.Helper()
	const reached = "PH001"
	tag := "$judge$"
	for strings.Contains(text, tag) {
		tag = "$_" + tag[1:]
	}
	sql := "DO " + tag + "BEGIN IF false THEN PERFORM (" + text + "); END IF; RAISE EXCEPTION SQLSTATE '" + reached + "'; END" + tag
	_, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	var said *pgconn.PgError
	if !errors.As(err, &said) || said.Code != reached && !refusedToken.MatchString(said.Message) {
		t.Errorf("%q ends elsewhere for the server of version %s: %v", text, conn.PgConn().ParameterStatus("server_version"), err)
	}
}

// judgeExpression asks the server's parser whether the text is one expression:
// a SELECT of it and of another column has these two columns, or is refused.
func judgeExpression(t *testing.T, conn *pgx.Conn, expression schema.Expression) {
	t.Helper()
	const first, last = "pgphase_first", "pgphase_last"
	described, err := conn.PgConn().Prepare(t.Context(), "",
		"SELECT "+ddl.Parenthesised(expression)+" AS "+first+", 2 AS "+last+" FROM (SELECT 1 AS a, 'b'::text AS b) AS t", nil)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
	case err != nil:
		t.Fatal(err)
	case len(described.Fields) != 2 || described.Fields[0].Name != first || described.Fields[1].Name != last:
		t.Errorf("%q is more than an expression: %v", expression.Text, described.Fields)
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxNameBytes is the longest identifier that PostgreSQL stores: NAMEDATALEN-1.
// Longer ones are cut with no more than a NOTICE (manual, section 4.1.1).
const MaxNameBytes = 63

// Name is an identifier exactly as PostgreSQL stores it: never quoted, never
// folded. It reaches SQL through Quote only.
type Name string

// NameError says why a text cannot be an identifier.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string { return fmt.Sprintf("%q %s", e.Name, e.Reason) }

// Validate reports why PostgreSQL would refuse the name, or silently store
// another one. The error is a *NameError.
func (n Name) Validate() error {
	switch {
	case n == "":
		return &NameError{string(n), "is empty: a name has at least one character"}
	case strings.ContainsRune(string(n), 0):
		return &NameError{string(n), "contains a NUL character, which PostgreSQL cannot store"}
	case !utf8.ValidString(string(n)):
		return &NameError{string(n), "is not valid UTF-8"}
	case len(n) > MaxNameBytes:
		return &NameError{string(n), fmt.Sprintf(
			"is %d bytes long, and PostgreSQL would cut it to %d bytes without an error: choose a shorter one", len(n), MaxNameBytes)}
	}
	return nil
}

// Quote returns the identifier as SQL, in double quotes only where
// PostgreSQL's own quote_ident() would add them on any supported version.
func (n Name) Quote() string {
	if isPlainIdentifier(string(n)) && !isReservedKeyword(string(n)) {
		return string(n)
	}
	return `"` + strings.ReplaceAll(string(n), `"`, `""`) + `"`
}

// String is Quote, so that a name that is formatted by accident is still safe.
func (n Name) String() string { return n.Quote() }

func isPlainIdentifier(s string) bool {
	if s == "" || (s[0] != '_' && (s[0] < 'a' || s[0] > 'z')) {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// QuoteNames joins names with commas, each quoted where it must be.
func QuoteNames(names []Name) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = n.Quote()
	}
	return strings.Join(quoted, ", ")
}

// DerivedName makes the name of a helper object (a temporary index, a helper
// check) from what it belongs to: readable where there is room, unique by a
// hash, never above MaxNameBytes, and the same in every plan.
func DerivedName(kind string, of ...Name) Name {
	hash := sha256.New()
	readable := make([]string, 0, len(of))
	for _, n := range of {
		// The length prefix keeps ("a", "bc") and ("ab", "c") apart.
		fmt.Fprintf(hash, "%d:%s;", len(n), string(n))
		readable = append(readable, string(n))
	}
	fmt.Fprintf(hash, "%s", kind)
	suffix := "_" + kind + "_" + hex.EncodeToString(hash.Sum(nil))[:8]
	prefix := "pgphase_" + strings.Join(readable, "_")
	if room := MaxNameBytes - len(suffix); len(prefix) > room {
		prefix = prefix[:room]
		for !utf8.ValidString(prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	return Name(prefix + suffix)
}

// ConstraintName is the name that PostgreSQL would choose for a constraint of
// the table: table_suffix, the table cut so that it fits into MaxNameBytes
// (makeObjectName() of the server).
func ConstraintName(table Name, suffix string) Name {
	text := string(table)
	for room := MaxNameBytes - len(suffix) - 1; len(text) > room || !utf8.ValidString(text); {
		text = text[:len(text)-1]
	}
	return Name(text + "_" + suffix)
}

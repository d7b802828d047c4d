// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// operation is one of a plan, as `terraform show -json` has it.
type operation struct {
	SQL    string `json:"sql"`
	Lock   string `json:"lock"`
	Effect string `json:"effect"`
}

// resourceOperations are those of one resource.
type resourceOperations struct {
	address    string
	operations []operation
}

// operationsOf reads a plan.
func operationsOf(document string) ([]resourceOperations, error) {
	var plan struct {
		ResourceChanges []struct {
			Address string `json:"address"`
			Change  struct {
				Actions []string `json:"actions"`
				After   struct {
					Operations []operation `json:"operations"`
				} `json:"after"`
			} `json:"change"`
		} `json:"resource_changes"`
	}
	// What follows the document is what the program wrote to standard error.
	if err := json.NewDecoder(strings.NewReader(document)).Decode(&plan); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	var list []resourceOperations
	for _, r := range plan.ResourceChanges {
		if len(r.Change.After.Operations) > 0 {
			list = append(list, resourceOperations{r.Address, r.Change.After.Operations})
		}
	}
	return list, nil
}

// words are quotes, dollar quotes and semicolons among other text.
var words = regexp.MustCompile(`(?s)'[^']*'|"[^"]*"|\$\w*\$|;|[^'"$;]+|.`)

// statementsOf splits the SQL of an operation, and leaves out the bodies of
// functions and what only makes it a transaction.
func statementsOf(sql string) (statements []string) {
	var statement strings.Builder
	tag := ""
	for _, word := range words.FindAllString(sql, -1) {
		quote := len(word) > 1 && strings.HasPrefix(word, "$") && strings.HasSuffix(word, "$")
		switch {
		case tag != "" && word == tag:
			tag = ""
		case tag != "":
		case quote:
			tag = word
			statement.WriteString("...")
		case word == ";":
			text := strings.Join(strings.Fields(statement.String()), " ")
			if text != "BEGIN" && text != "COMMIT" {
				statements = append(statements, text)
			}
			statement.Reset()
		default:
			statement.WriteString(word)
		}
	}
	if text := strings.Join(strings.Fields(statement.String()), " "); text != "" {
		statements = append(statements, text)
	}
	return statements
}

// abridged is a text that fits into a line.
func abridged(text string, length int) string {
	characters := []rune(text)
	if len(characters) <= length {
		return text
	}
	return strings.TrimRight(string(characters[:length-4]), " ") + " ..."
}

// bookkeeping matches statements that say nothing of the tables.
var bookkeeping = regexp.MustCompile(`^(COMMENT ON|GRANT|(CREATE|DROP) SEQUENCE|INSERT INTO pgphase\.|UPDATE pgphase\.|DELETE FROM pgphase\.|SELECT (pg_advisory|setval))`)

// told are the statements that are shown of those of an operation.
func told(statements []string) (shown []string) {
	for _, statement := range statements {
		if len(shown) < shownStatements && !bookkeeping.MatchString(statement) {
			shown = append(shown, statement)
		}
	}
	if len(shown) == 0 && len(statements) > 0 {
		shown = statements[:1]
	}
	return shown
}

// shownStatements is how many statements of one operation are shown.
const shownStatements = 6

// operations writes what a plan runs: effect and lock of each step, and the
// beginning of its statements.
func (s story) operations(list []resourceOperations) {
	for _, r := range list {
		fmt.Fprintf(s.w, "  # %s\n", r.address)
		for _, o := range r.operations {
			does := o.Effect
			if o.Lock != "" {
				does += "; " + o.Lock
			}
			fmt.Fprintf(s.w, "  - %s\n", abridged(does, width-4))
			all := statementsOf(o.SQL)
			shown := told(all)
			for _, statement := range shown {
				fmt.Fprintf(s.w, "      %s\n", abridged(statement, width-6))
			}
			if more := len(all) - len(shown); more > 0 {
				fmt.Fprintf(s.w, "      (%d more in the same transaction)\n", more)
			}
		}
	}
	fmt.Fprintln(s.w)
}

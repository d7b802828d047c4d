// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// sentStatement is a statement that changed something, as the server logged it.
type sentStatement struct {
	sql string
	// pid is that of the session.
	pid string
	// last reports that the statement was the last of its transaction.
	last bool
}

var (
	// control is about the session and its transactions.
	control = regexp.MustCompile(`^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|RESET)\b`)
	// query reads, unless it calls what writes or is WITH before a command that
	// does.
	query   = regexp.MustCompile(`^(?:\s|--.*(?:\n|$))*(?:(?:SELECT|SHOW|WITH|VALUES)\b|$)`)
	writing = regexp.MustCompile(`\b(?:setval|nextval)\(|\b(?:INSERT INTO|DELETE FROM|MERGE INTO|UPDATE \S+ SET)\b`)
)

func isRead(sql string) bool { return query.MatchString(sql) && !writing.MatchString(sql) }

// committed returns the statements that took effect, in their order, without
// what only reads. Those of a transaction that was rolled back had none.
func committed(statements []pgtest.Statement) []sentStatement {
	var sent []sentStatement
	open := map[string][]sentStatement{}
	for _, st := range statements {
		transaction, within := open[st.PID]
		verb := control.FindString(st.SQL)
		switch {
		case verb == "BEGIN":
			open[st.PID] = []sentStatement{}
		case verb == "COMMIT":
			if len(transaction) > 0 {
				transaction[len(transaction)-1].last = true
			}
			sent = append(sent, transaction...)
			delete(open, st.PID)
		case st.SQL == "ROLLBACK":
			delete(open, st.PID)
		case verb != "" || isRead(st.SQL):
		case within:
			open[st.PID] = append(transaction, sentStatement{st.SQL, st.PID, false})
		default:
			sent = append(sent, sentStatement{st.SQL, st.PID, true})
		}
	}
	return slices.Clip(sent)
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const (
	// probeTimeout bounds a question to the data at plan time.
	probeTimeout = 5 * time.Second
	// longTransaction is the age from which a transaction is worth a word: a
	// lock attempt behind it fails several times.
	longTransaction = 5 * time.Second
	// listedExamples bounds the examples of an answer, countedRows how far they
	// are counted.
	listedExamples = 5
	countedRows    = 1_000_000
	// listedTransactions bounds how many of them a diagnostic lists.
	listedTransactions = 5
)

// circumstances says how large a table is, about how long the operations take on
// it, who follows what they write, and who holds long transactions on it right
// now. It only goes into diagnostics: what is planned never depends
// on it. It is empty where nothing is worth saying or nothing can be seen.
func (d *database) circumstances(ctx context.Context, table schema.QualifiedName, operations []planner.Operation) string {
	if !d.liveChecks {
		return ""
	}
	snapshot, err := d.snapshot(ctx)
	if err != nil || snapshot.Table(table) == nil {
		return ""
	}
	var parts []string
	if about, err := d.about(ctx, table); err == nil && about.Measured {
		lines := []string{sizeInWords(table, about.Size)}
		if worksLong(operations) {
			lines = append(lines, expectations(about.Size, operations, d.rates(ctx, snapshot)))
		}
		parts = append(parts, strings.TrimSpace(strings.Join(lines, "\n")))
	} // a lock on the table keeps its size secret, and is among the transactions
	server := d.goings(ctx)
	if followers := followersInWords(server.Followers); followers != "" && writesMuch(operations) {
		if _, enough := d.told.again(followers, table.String()); !enough {
			parts = append(parts, followers)
		}
	}
	parts = append(parts, d.inTheWay(table, server.Transactions, withPartitions(snapshot, table), operations), d.unseen(server))
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "\n\n")
}

// withPartitions lists a table and all of its partitions.
func withPartitions(snapshot *catalog.Snapshot, name schema.QualifiedName) []schema.QualifiedName {
	names := []schema.QualifiedName{name}
	table := snapshot.Table(name)
	if table == nil {
		return names
	}
	for i := range table.Partitions {
		names = append(names, withPartitions(snapshot, table.Partitions[i].Name)...)
	}
	return names
}

// inTheWay lists the transactions that hold a lock on one of the tables, and,
// where an index is built or dropped concurrently, those whose snapshot that
// waits for. What one of them runs is said of the first tables only.
func (d *database) inTheWay(table schema.QualifiedName, transactions []catalog.Session, tables []schema.QualifiedName, operations []planner.Operation) string {
	concurrent := slices.ContainsFunc(operations, func(o planner.Operation) bool { return o.Class == planner.Concurrent })
	var sessions []string
	for _, transaction := range transactions {
		if session, holds := transaction.On(tables); holds || concurrent && session.Snapshot {
			if _, enough := d.told.again(fmt.Sprintf("process %d %s", session.PID, session.Application), table.String()); enough {
				session.Query = ""
			}
			sessions = append(sessions, "    "+session.String())
		}
	}
	if len(sessions) == 0 {
		return ""
	}
	if more := len(sessions) - listedTransactions; more > 0 {
		sessions = append(sessions[:listedTransactions], fmt.Sprintf("    and %d more", more))
	}
	return "Transactions that are open right now and in the way:\n\n" + strings.Join(sessions, "\n")
}

// unseen says what the server hides from the role, once in a run; empty where
// that is nothing.
func (d *database) unseen(server catalog.Server) string {
	hidden := server.Hidden
	var what []string
	if hidden.Sessions > 0 {
		what = append(what, fmt.Sprintf("    what %s of other roles %s in this database, and since when: transactions in the way may be missing here",
			counted(hidden.Sessions, "session"), verb(hidden.Sessions, "does", "do")))
	}
	if hidden.Followers > 0 {
		what = append(what, fmt.Sprintf("    how far %s %s behind", counted(hidden.Followers, "standby or subscriber", "standbys or subscribers"), verb(hidden.Followers, "is", "are")))
	}
	if len(what) == 0 || !d.live.said.CompareAndSwap(false, true) {
		return ""
	}
	return fmt.Sprintf("PostgreSQL does not show the role %s:\n\n%s\n\nLater plans see it with:\n\n    GRANT pg_read_all_stats TO %[1]s;",
		hidden.Role.Quote(), strings.Join(what, "\n"))
}

// counted is a number of things: 1 session, 2 sessions.
func counted(n int64, one string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + one
	case len(many) > 0:
		return thousands(n) + " " + many[0]
	}
	return thousands(n) + " " + one + "s"
}

func verb(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func sizeInWords(table schema.QualifiedName, size schema.Size) string {
	rows := "an unknown number of rows (no ANALYZE yet)"
	switch {
	case size.TableBytes == 0:
		return fmt.Sprintf("%s is empty.", table)
	case size.Rows >= 0:
		rows = fmt.Sprintf("about %s rows", thousands(size.Rows))
	}
	return fmt.Sprintf("%s has %s in %s, with indexes %s.", table, rows, bytesInWords(size.TableBytes), bytesInWords(size.TotalBytes))
}

// bytesInWords uses the binary units of pg_size_pretty().
func bytesInWords(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	value, unit := float64(n), 0
	for value >= 1024 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	if unit == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}

// probe asks the data one of the planner's questions. The answer is empty for
// no, else the examples in words.
func (d *database) probe(ctx context.Context, probe planner.Probe) (answer string, err error) {
	var examples, count []string
	err = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
		examples, err = catalog.Probe(ctx, conn, fmt.Sprintf("%s LIMIT %d", probe.Query, listedExamples+1), probeTimeout)
		if err != nil || len(examples) <= listedExamples {
			return err
		}
		// Where counting takes too long, the examples say enough.
		count, _ = catalog.Probe(ctx, conn, fmt.Sprintf("SELECT count(*)::text FROM (%s LIMIT %d) AS violating", probe.Query, countedRows), probeTimeout)
		return nil
	})
	if err != nil || len(examples) == 0 {
		return "", err
	}
	return howMany(examples, count) + "\n\n    " + strings.Join(examples[:min(len(examples), listedExamples)], "\n    "), nil
}

// howMany introduces examples with their number.
func howMany(examples, count []string) string {
	if len(examples) <= listedExamples {
		return fmt.Sprintf("Found %d:", len(examples))
	}
	if len(count) == 0 {
		return fmt.Sprintf("More than %d were found; counting them took too long. For example:", listedExamples)
	}
	number, err := strconv.ParseInt(count[0], 10, 64)
	switch {
	case err != nil:
		return "For example:"
	case number >= countedRows:
		return fmt.Sprintf("Found %s or more. For example:", thousands(countedRows))
	}
	return fmt.Sprintf("Found %s. For example:", thousands(number))
}

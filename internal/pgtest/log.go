// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// logLinePrefix precedes every message: time, process, database, application.
const logLinePrefix = `%m [%p] %d/%a: `

// A message begins with the prefix; its further lines begin with a tab, which
// PostgreSQL inserts (src/backend/utils/error/elog.c, append_with_tabs).
var (
	logLine   = regexp.MustCompile(`^\d{4}-\d\d-\d\d [\d:.]+ \S+ \[(\d+)\] ([^/]*)/(.*?): ([A-Z0-9]+):  (.*)$`)
	logSimple = regexp.MustCompile(`(?s)^(?:statement|execute [^:]*): (.*)$`)
)

// Log reads what a server has written to its log. A server writes a statement
// before it runs it and without a collector in between; so whatever a client
// has an answer to is in the log.
type Log struct {
	path string
}

// Mark is a position in a log.
type Mark int64

// Entry is one message of a server.
type Entry struct {
	PID         string
	Database    string
	Application string
	Severity    string // LOG, ERROR, DETAIL, STATEMENT, ...
	Message     string
}

// Statement returns the SQL text when the entry is that of a statement which a
// client sent (log_statement), by the simple or the extended protocol.
func (e Entry) Statement() (sql string, ok bool) {
	if e.Severity != "LOG" {
		return "", false
	}
	match := logSimple.FindStringSubmatch(e.Message)
	if match == nil {
		return "", false
	}
	return match[1], true
}

// Mark returns the present end of the log.
func (l *Log) Mark() (Mark, error) {
	info, err := os.Stat(l.path)
	if err != nil {
		return 0, fmt.Errorf("read the server's log: %w", err)
	}
	return Mark(info.Size()), nil
}

// Since returns the messages after a mark; Since(0) returns all of them.
func (l *Log) Since(mark Mark) ([]Entry, error) {
	text, err := l.text(mark)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if match := logLine.FindStringSubmatch(line); match != nil {
			entries = append(entries, Entry{PID: match[1], Database: match[2], Application: match[3], Severity: match[4], Message: match[5]})
		} else if len(entries) > 0 {
			entries[len(entries)-1].Message += "\n" + strings.TrimPrefix(line, "\t")
		}
	}
	return entries, nil
}

func (l *Log) text(mark Mark) (string, error) {
	file, err := os.Open(l.path)
	if err != nil {
		return "", fmt.Errorf("read the server's log: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.NewSectionReader(file, int64(mark), 1<<62))
	if err != nil {
		return "", fmt.Errorf("read the server's log: %w", err)
	}
	return string(content), nil
}

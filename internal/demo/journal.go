// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"slices"
	"sync"
)

// journal is what writers were told is stored.
type journal struct {
	mu    sync.Mutex
	cells map[cell]word
	// writes counts what was acknowledged, by writer.
	writes map[string]int
	// writers is the order in which they are reported.
	writers []string
}

// cell is a part of a row that is written as a whole.
type cell struct {
	table, key, field string
}

// word is the last that was said about a cell.
type word struct {
	writer string
	// order is that of the writes of one cell, as the server has it: two
	// writers may hear of theirs the other way round.
	order int64
	value string
	gone  bool
}

// note is an acknowledged write of one cell.
type note struct {
	cell
	order int64
	value string
	gone  bool
}

// beginning is the writer of the rows that are there from the start.
const beginning = "loaded before"

func newJournal(writers ...string) *journal {
	return &journal{cells: map[cell]word{}, writes: map[string]int{}, writers: append([]string{beginning}, writers...)}
}

// acknowledged takes down what a writer was told in answer to one transaction.
func (j *journal) acknowledged(writer string, notes ...note) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writes[writer] += len(notes)
	for _, n := range notes {
		if last, found := j.cells[n.cell]; !found || n.order >= last.order {
			j.cells[n.cell] = word{writer, n.order, n.value, n.gone}
		}
	}
}

// account is what the comparison says of a writer.
type account struct {
	writer string
	// writes were acknowledged; of words it had the last one.
	writes, words, differences int
}

// difference is a cell that does not hold what was acknowledged.
type difference struct {
	cell
	writer    string
	want, got string
}

const (
	noRow   = "(no row)"
	nowhere = "(nobody)"
)

// compare holds what is stored against the journal. Examples are some of the
// differences.
func (j *journal) compare(stored map[cell]string) (accounts []account, examples []difference) {
	j.mu.Lock()
	defer j.mu.Unlock()
	of := map[string]*account{}
	for _, writer := range append(slices.Clip(j.writers), nowhere) {
		of[writer] = &account{writer: writer, writes: j.writes[writer]}
	}
	differ := func(c cell, writer, want, got string) {
		of[writer].differences++
		if len(examples) < 5 {
			examples = append(examples, difference{c, writer, want, got})
		}
	}
	for c, w := range j.cells {
		of[w.writer].words++
		got, found := stored[c]
		switch {
		case w.gone && found:
			differ(c, w.writer, noRow, got)
		case !w.gone && !found:
			differ(c, w.writer, w.value, noRow)
		case !w.gone && got != w.value:
			differ(c, w.writer, w.value, got)
		}
	}
	for c, got := range stored {
		if _, found := j.cells[c]; !found {
			differ(c, nowhere, noRow, got)
		}
	}
	for _, writer := range j.writers {
		accounts = append(accounts, *of[writer])
	}
	if of[nowhere].differences > 0 {
		accounts = append(accounts, *of[nowhere])
	}
	return accounts, examples
}

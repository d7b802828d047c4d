// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// moment is where a connection stops with respect to a statement.
type moment int

const (
	// passes lets the statement through.
	passes moment = iota
	// before: the server never gets it.
	before
	// unheard: the server has done it, and nobody hears the answer.
	unheard
)

func (m moment) String() string { return [...]string{"passes", "before", "unheard"}[m] }

// wire is what connects a provider with its server in a test. It reads the
// statements on their way, and can stop everything at one of them. To the
// server, connections that end there are those of a process that was killed.
type wire struct {
	t        testing.TB
	listener net.Listener
	target   string

	mu sync.Mutex
	// watch is asked about each statement before the server gets it.
	watch func(sql string) moment
	ends  []net.Conn
	// stopped is closed at the statement that watch named, severed once
	// nothing goes through any more.
	stopped, severed     chan struct{}
	stopOnce, severeOnce sync.Once
	pumps                sync.WaitGroup
}

func newWire(t testing.TB, server *pgtest.Server, watch func(sql string) moment) *wire {
	t.Helper()
	target, err := url.Parse(server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, listener: listen(t), target: target.Host, watch: watch, stopped: make(chan struct{}), severed: make(chan struct{})}
	w.pumps.Add(1)
	go w.accept()
	t.Cleanup(w.sever)
	return w
}

// url is that of a database, over the wire.
func (w *wire) url(db *pgtest.Database) string {
	u, err := url.Parse(db.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	u.Host = w.listener.Addr().String()
	return u.String()
}

// sever ends all connections, and refuses new ones.
func (w *wire) sever() {
	w.severeOnce.Do(func() {
		close(w.severed)
		_ = w.listener.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, end := range w.ends {
			_ = end.Close()
		}
	})
	w.pumps.Wait()
}

func (w *wire) isSevered() bool {
	select {
	case <-w.severed:
		return true
	default:
		return false
	}
}

// hold stops a pump for good.
func (w *wire) hold() error {
	w.stopOnce.Do(func() { close(w.stopped) })
	<-w.severed
	return errSevered
}

func (w *wire) accept() {
	defer w.pumps.Done()
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		w.mu.Lock()
		w.ends = append(w.ends, client, server)
		late := w.isSevered()
		w.mu.Unlock()
		if late {
			_, _ = client.Close(), server.Close()
			return
		}
		l := &link{wire: w, client: client, server: server}
		w.pumps.Add(2)
		go l.requests()
		go l.answers()
	}
}

// link is one connection.
type link struct {
	wire           *wire
	client, server net.Conn
	// mute swallows answers: the client is dead.
	mute atomic.Bool
}

// requests forwards what the client sends, message by message.
func (l *link) requests() {
	defer l.wire.pumps.Done()
	defer func() { _ = l.server.Close() }()
	in := bufio.NewReader(l.client)
	// The first message has no type: a start, or a request to cancel.
	if err := forward(in, l.server, false, nil); err != nil {
		return
	}
	for {
		err := forward(in, l.server, true, func(kind byte, body []byte) (pass bool, err error) {
			var sql string
			switch kind {
			case 'P': // Parse: name, statement
				_, rest, _ := strings.Cut(string(body), "\x00")
				sql, _, _ = strings.Cut(rest, "\x00")
			case 'Q':
				sql = strings.TrimSuffix(string(body), "\x00")
			default:
				return true, nil
			}
			switch l.wire.watch(sql) {
			case before:
				return false, l.wire.hold()
			case unheard:
				l.mute.Store(true)
			case passes:
			}
			return true, nil
		})
		if err != nil {
			return
		}
	}
}

// answers forwards what the server sends. ReadyForQuery is the answer to a
// statement, or to a transaction that was sent at once.
func (l *link) answers() {
	defer l.wire.pumps.Done()
	defer func() { _ = l.client.Close() }()
	in := bufio.NewReader(l.server)
	for {
		err := forward(in, l.client, true, func(kind byte, _ []byte) (pass bool, err error) {
			mute := l.mute.Load()
			if mute && kind == 'Z' {
				return false, l.wire.hold()
			}
			return !mute, nil
		})
		if err != nil {
			return
		}
	}
}

var errSevered = errors.New("the wire is severed")

// forward copies one message if look, which may be nil, says so.
func forward(from io.Reader, to io.Writer, typed bool, look func(kind byte, body []byte) (pass bool, err error)) error {
	header := make([]byte, 4, 5)
	if typed {
		header = header[:5]
	}
	if _, err := io.ReadFull(from, header); err != nil {
		return err
	}
	message := make([]byte, len(header)+int(binary.BigEndian.Uint32(header[len(header)-4:]))-4)
	copy(message, header)
	if _, err := io.ReadFull(from, message[len(header):]); err != nil {
		return err
	}
	if look != nil {
		if pass, err := look(header[0], message[len(header):]); !pass || err != nil {
			return err
		}
	}
	_, err := to.Write(message)
	return err
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"errors"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// pooler speaks the protocol like a connection pooler: clients are told of a
// process that does not exist, and get a backend for a session or for a
// transaction, the one that was used last first, as PgBouncer does.
type pooler struct {
	t           *testing.T
	target      *pgconn.Config
	transaction bool

	mu   sync.Mutex
	idle []*pgconn.HijackedConn
	all  []net.Conn
}

func startPooler(t *testing.T, db *pgtest.Database, transaction bool) (address string) {
	t.Helper()
	target, err := pgconn.ParseConfig(db.URL())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &pooler{t: t, target: target, transaction: transaction}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.all = append(p.all, client)
			p.mu.Unlock()
			serving.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.mu.Lock()
		for _, conn := range p.all {
			_ = conn.Close()
		}
		p.mu.Unlock()
		serving.Wait()
	})
	return (&url.URL{
		Scheme: "postgres", Host: listener.Addr().String(), Path: "/" + db.Name, User: url.User("client"),
		RawQuery: "sslmode=disable",
	}).String()
}

func (p *pooler) serve(client net.Conn) {
	front := pgproto3.NewBackend(client, client)
	if _, err := front.ReceiveStartupMessage(); err != nil {
		return
	}
	back := p.take()
	if back == nil {
		return
	}
	front.Send(&pgproto3.AuthenticationOk{})
	for name, value := range back.ParameterStatuses {
		front.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	front.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}})
	front.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if front.Flush() != nil {
		return
	}
	if p.transaction {
		p.give(back)
		back = nil
	}
	for {
		message, err := front.Receive()
		if err != nil {
			return
		}
		if _, ended := message.(*pgproto3.Terminate); ended {
			if back != nil {
				p.give(back)
			}
			return
		}
		if back == nil {
			if back = p.take(); back == nil {
				return
			}
		}
		back.Frontend.Send(message)
		_, simple := message.(*pgproto3.Query)
		_, sync := message.(*pgproto3.Sync)
		if !simple && !sync {
			continue
		}
		if back.Frontend.Flush() != nil {
			return
		}
		for {
			answer, err := back.Frontend.Receive()
			if err != nil {
				return
			}
			front.Send(answer)
			if ready, is := answer.(*pgproto3.ReadyForQuery); is {
				if front.Flush() != nil {
					return
				}
				if p.transaction && ready.TxStatus == 'I' {
					p.give(back)
					back = nil
				}
				break
			}
		}
	}
}

func (p *pooler) give(back *pgconn.HijackedConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, back)
}

func (p *pooler) take() *pgconn.HijackedConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		back := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return back
	}
	conn, err := pgconn.ConnectConfig(p.t.Context(), p.target)
	if err != nil {
		return nil
	}
	back, err := conn.Hijack()
	if err != nil {
		return nil
	}
	p.all = append(p.all, back.Conn)
	return back
}

func connectTo(t *testing.T, target string) (*pgx.Conn, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), target)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close(t.Context()) })
	}
	return conn, err
}

func TestPooler(t *testing.T) {
	t.Parallel()
	for _, transaction := range []bool{false, true} {
		db := pgtest.Shared(t, pgtest.Newest()).Database(t)
		db.TolerateSessions() // they end when the pooler's sockets do
		conn, err := connectTo(t, startPooler(t, db, transaction))
		if err != nil {
			t.Fatal(err)
		}
		id, err := catalog.Identify(t.Context(), conn)
		var refused *catalog.PoolerError
		if !id.Proxied || errors.As(err, &refused) != transaction || (err == nil) == transaction {
			t.Errorf("transaction mode %v: %+v, %v", transaction, id, err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

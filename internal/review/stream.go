// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// longestLine bounds one message of the stream, in bytes.
const longestLine = 16 << 20

// stream is what `terraform plan -json` has said.
type stream struct {
	diagnostics []tfjson.Diagnostic
}

// readStream reads messages, one to a line. Lines that are no JSON object are
// somebody else's: a wrapper's, or what a shell has mixed in.
func readStream(from io.Reader) (*stream, error) {
	s := &stream{}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longestLine)
	messages := 0
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] != '{' {
			continue
		}
		var message struct {
			Type       string             `json:"type"`
			Diagnostic *tfjson.Diagnostic `json:"diagnostic"`
		}
		if err := json.Unmarshal(line, &message); err != nil {
			return nil, fmt.Errorf("read the stream of terraform plan -json: %w", err)
		}
		if message.Type != "" {
			messages++
		}
		if message.Type == "diagnostic" && message.Diagnostic != nil {
			s.diagnostics = append(s.diagnostics, *message.Diagnostic)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the stream of terraform plan -json: %w", err)
	}
	if messages == 0 {
		return nil, errors.New("the stream has no message of terraform plan -json")
	}
	return s, nil
}

// finding is a diagnostic in the words of a report.
func finding(d tfjson.Diagnostic) Finding {
	f := Finding{Severity: "warning", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == tfjson.DiagnosticSeverityError {
		f.Severity = "error"
	}
	if before, id, found := cutHazard(d.Detail); found {
		f.Detail, f.Hazard = before, id
	}
	if before, id, found := cutTag(d.Summary); found {
		f.Summary, f.Hazard = before, id
	}
	if d.Range != nil {
		f.Source = Source{File: d.Range.Filename, Line: d.Range.Start.Line}
	}
	return f
}

// cutTag takes the hazard off the end of a summary: "public.t goes [table_drop]".
// A warning that is shortened, as others have said the same before, names it
// nowhere else.
func cutTag(summary string) (rest string, id hazard.ID, found bool) {
	at := strings.LastIndex(summary, " [")
	if at < 0 || !strings.HasSuffix(summary, "]") {
		return summary, "", false
	}
	id = hazard.ID(summary[at+2 : len(summary)-1])
	_, known := hazard.Lookup(id)
	return summary[:at], id, known
}

// cutHazard finds the paragraph in which pgphase names the hazard of a
// diagnostic, and takes it out.
func cutHazard(detail string) (rest string, id hazard.ID, found bool) {
	paragraphs := strings.Split(detail, "\n\n")
	for i, p := range paragraphs {
		if id, found := hazard.ParseReference(p); found {
			return strings.Join(append(paragraphs[:i:i], paragraphs[i+1:]...), "\n\n"), id, true
		}
	}
	return detail, "", false
}

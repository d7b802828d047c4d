// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

const urlShape = "    postgresql://user:password@host:5432/database?sslmode=verify-full"

const malformedURL = "url is not of the form\n\n" + urlShape + "\n\n" +
	"A character that has a meaning in URLs (% : / ? # @ & =, space) is percent-encoded within a name or a password; urlencode() does that. " +
	"Or leave the password out of url and write it as the argument password. The value is not shown, as it may hold a password."

// afterCredentials returns what follows the user and password of a URL. Like
// libpq it takes a "@" for their end if no "/" comes before it.
func afterCredentials(text string) string {
	_, rest, _ := strings.Cut(text, "://")
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		rest = rest[i+1:]
	}
	return rest
}

// urlValidator refuses what is no URL of PostgreSQL, and what libpq would read
// in a way that nobody meant. It never shows the URL.
type urlValidator struct{}

var _ validator.String = urlValidator{}

var malformedEscape = regexp.MustCompile(`%(?:[^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)`)

func (urlValidator) Description(context.Context) string {
	return "a URL that begins with postgresql:// or postgres://"
}

func (v urlValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (urlValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if reason := urlProblem(req.ConfigValue.ValueString()); reason != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Malformed connection URL", reason+"\n\n"+malformedURL)
	}
}

// urlProblem says what is wrong with a URL, or "".
func urlProblem(text string) string {
	switch {
	case !strings.HasPrefix(text, "postgresql://") && !strings.HasPrefix(text, "postgres://"):
		return "It does not begin with postgresql:// or postgres://."
	case strings.ContainsAny(text, " \t\r\n\x00"):
		return "It contains white space, perhaps the end of a line from a file; trimspace() removes that."
	case malformedEscape.MatchString(text):
		return "It contains a percent sign that two hexadecimal digits do not follow."
	case strings.Contains(afterCredentials(text), "@"):
		// postgresql://u:a@b@host/db: the host is "b@host", and an error about
		// it would print half of a password.
		return "It contains more than one @, or one after a /. If it belongs to the password, write it %40, and write / as %2F."
	}
	return ""
}

// portValidator accepts a port, or several separated by commas.
type portValidator struct{}

var _ validator.String = portValidator{}

func (portValidator) Description(context.Context) string {
	return "a port from 1 to 65535, or several separated by commas"
}

func (v portValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (portValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	for port := range strings.SplitSeq(req.ConfigValue.ValueString(), ",") {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			resp.Diagnostics.AddAttributeError(req.Path, strconv.Quote(port)+" is not a port", "A port is a number from 1 to 65535. PostgreSQL listens on 5432 as a rule.")
		}
	}
}

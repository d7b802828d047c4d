// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Terraform shows one of several warnings with the same summary: each names its
// object, and says one thing. A plan without changes is silent, but for columns
// that nobody declares.
func TestAccWarnings(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	l := newLifecycle(t, pgtest.Shared(t, pgtest.Newest()))
	l.step(t, tableLifecycle[0])
	change := tableLifecycle[1]
	l.db.Exec(t, change.before)
	l.write(forVersion(l.server.Major, change.hcl))
	summaries := map[string]bool{}
	for _, m := range l.messages("plan") {
		if summaries[m.Summary] {
			t.Errorf("said twice: %s", m.Summary)
		}
		summaries[m.Summary] = true
		if m.Severity != "warning" || !strings.Contains(m.Summary, `shop."Every thing"`) || m.line() == "" {
			t.Errorf("%s", texts([]message{m}))
		}
		if last := m.Detail[len(m.Detail)-1]; strings.Contains(m.Detail, "  \n") || last == '\n' || last == ' ' {
			t.Errorf("stray space in %q", m.Detail)
		}
	}
	if len(summaries) < 10 {
		t.Errorf("only %d warnings about a change of everything", len(summaries))
	}
	l.mustApply()
	if messages := l.messages("plan"); len(messages) > 0 {
		t.Errorf("a plan without changes: %s", texts(messages))
	}
	l.db.Exec(t, `ALTER TABLE shop."Every thing" ADD "Not declared" int, ADD undeclared int`)
	messages := l.messages("plan")
	if len(messages) != 1 || messages[0].Summary != `shop."Every thing" has columns that are not declared: "Not declared", undeclared` ||
		!strings.Contains(messages[0].Detail, `ignored_columns = ["Not declared", "undeclared"]`) {
		t.Errorf("undeclared columns: %s", texts(messages))
	}
	l.mustPlanNothing()
}

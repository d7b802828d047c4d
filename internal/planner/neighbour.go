// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Dependents are the objects that a drop would meet.
type Dependents struct {
	// Count is how many there are, Named the first of them in the words of
	// PostgreSQL: column mood of table public.people.
	Count int
	Named []string
}

// list names what is known, one in a line.
func (d Dependents) list() string {
	text := fmt.Sprintf("%d objects:\n", d.Count)
	if d.Count == 1 {
		text = "1 object:\n"
	}
	for _, name := range d.Named {
		text += "\n    " + name
	}
	if rest := d.Count - len(d.Named); rest > 0 {
		text += fmt.Sprintf("\n    and %d more", rest)
	}
	return text
}

// stillUsed refuses to drop what something depends on.
func stillUsed(what, name string, dependents Dependents) Finding {
	return refusal(nil, fmt.Sprintf("Cannot drop %s %s: it is used", what, name),
		fmt.Sprintf("PostgreSQL refuses to drop it (2BP01) while these depend on it, and CASCADE would drop them as well, columns included. "+
			"It is used by %s\n\nChange or drop them first, in an apply of their own.", dependents.list()))
}

// renamedNeighbour refuses another name or schema.
func renamedNeighbour(attribute, object string, to schema.QualifiedName, next string) Finding {
	return refusal([]string{attribute}, fmt.Sprintf("%s cannot be renamed to %s", strings.ToUpper(object[:1])+object[1:], to), next)
}

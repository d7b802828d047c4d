// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
)

// joinStates makes one state of several with different resources. Everything
// else is that of the first.
func joinStates(states [][]byte) ([]byte, error) {
	if len(states) == 0 {
		return nil, errors.New("there is no state to join")
	}
	var joined map[string]json.RawMessage
	var all []json.RawMessage
	for i, state := range states {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(state, &fields); err != nil {
			return nil, fmt.Errorf("read a state: %w", err)
		}
		if i == 0 {
			joined = fields
		}
		var resources []json.RawMessage
		if err := json.Unmarshal(fields["resources"], &resources); err != nil {
			return nil, fmt.Errorf("read the resources of a state: %w", err)
		}
		all = append(all, resources...)
	}
	resources, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	joined["resources"] = resources
	return json.MarshalIndent(joined, "", "  ")
}

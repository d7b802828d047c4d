// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// profile plans once more with the provider in this process, and writes what it
// spent its time on.
func profile(ctx context.Context, workspace *terraform.Workspace, file string) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	provider.LimitLogs()
	attach, ended := make(chan *plugin.ReattachConfig), make(chan struct{})
	served := make(chan error, 1)
	server := provider.NewServer("bench")
	defer server.Close()
	go func() {
		served <- tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return server }, tf6server.WithDebug(ctx, attach, ended))
	}()
	var config *plugin.ReattachConfig
	select {
	case config = <-attach:
	case err := <-served:
		return fmt.Errorf("serve the provider: %w", err)
	}
	// The format of TF_REATTACH_PROVIDERS.
	variable, err := json.Marshal(map[string]any{provider.Address: map[string]any{
		"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
		"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}})
	if err != nil {
		return err
	}
	workspace.Setenv("TF_REATTACH_PROVIDERS", string(variable))
	output, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, output.Close()) }()
	if err := pprof.StartCPUProfile(output); err != nil {
		return err
	}
	_, err = workspace.Do(ctx, planArguments...)
	pprof.StopCPUProfile()
	cancel()
	<-ended
	return err
}

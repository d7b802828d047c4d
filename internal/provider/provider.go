// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the Terraform side of pgphase: schemas, models, plan
// modification and diagnostics. What it knows about PostgreSQL it asks of the
// packages catalog, planner and executor.
package provider

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Address is the provider's name in the registry, as required_providers has it.
const Address = "registry.terraform.io/pgphase/pgphase"

var (
	_ provider.Provider                   = (*pgphaseProvider)(nil)
	_ provider.ProviderWithValidateConfig = (*pgphaseProvider)(nil)
	_ provider.ProviderWithFunctions      = (*pgphaseProvider)(nil)
	_ provider.ProviderWithListResources  = (*pgphaseProvider)(nil)
)

type pgphaseProvider struct {
	version string

	mu sync.Mutex
	// databases are all that were configured. Terraform configures a process
	// once, but a process that is attached to (-debug, acceptance tests) serves
	// several runs.
	databases []*database
}

// New returns the provider without its protocol server, for tools that read
// schemas. What is served is [NewServer].
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &pgphaseProvider{version: version} }
}

func (p *pgphaseProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "pgphase"
	resp.Version = p.version
}

func (p *pgphaseProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerSchema()
}

func (p *pgphaseProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	model, diags := readProviderModel(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(model.validate()...)
	}
}

// Configure reads the configuration and connects to nothing: a plan of
// resources that need no server, or of none, must not fail for want of one.
func (p *pgphaseProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	model, diags := readProviderModel(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	settings, diags := model.settings()
	resp.Diagnostics.Append(diags...)
	connection, diags := model.connection()
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	db := newDatabase(connection, settings)
	p.remember(db)
	resp.ResourceData = db
	resp.DataSourceData = db
	resp.ListResourceData = db
}

func (p *pgphaseProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newTableResource, newColumnResource, newIndexResource, newForeignKeyResource,
		newSchemaResource, newEnumResource, newSequenceResource,
	}
}

// ListResources are what terraform query of Terraform 1.14 and later asks for.
func (p *pgphaseProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		newListResource[tableModel, schema.Table](tableKind{}), newListResource[columnResourceModel, tableColumn](columnKind{}),
		newListResource[indexModel, schema.Index](indexKind{}), newListResource[foreignKeyModel, schema.ForeignKey](foreignKeyKind{}),
	}
}

func (p *pgphaseProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newTableDataSource, newTablesDataSource, newTransitionsDataSource}
}

// Functions are those that need no server.
func (p *pgphaseProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newSummaryFunction}
}

func (p *pgphaseProvider) remember(db *database) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.databases = append(p.databases, db)
}

// current is the database that was configured last, which is that of the
// requests; nil before.
func (p *pgphaseProvider) current() *database {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.databases) == 0 {
		return nil
	}
	return p.databases[len(p.databases)-1]
}

// close ends all sessions.
func (p *pgphaseProvider) close() {
	p.mu.Lock()
	databases := p.databases
	p.databases = nil
	p.mu.Unlock()
	for _, db := range databases {
		db.close()
	}
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func policyOf(t *testing.T, settings map[string]string) hazard.Policy {
	t.Helper()
	policy, refused := hazard.NewPolicy(settings)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return policy
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	rewrite := planner.Finding{Hazard: hazard.ExclusionAddNoOnlinePath, Severity: hazard.Error, Summary: "s", Detail: "d"}
	star := planner.Finding{Hazard: hazard.ColumnAddBreaksStarClients, Severity: hazard.Warning, Summary: "s", Detail: "d"}
	refusal := planner.Finding{Hazard: hazard.IndexDropReplicaIdentity, Severity: hazard.Error, Refusal: true, Detail: "d"}
	mixed := planner.Finding{Hazard: hazard.CompatViewLimits, Severity: hazard.Error, Refusal: true, Detail: "d"}
	plain := planner.Finding{Severity: hazard.Error, Detail: "d"}
	for name, test := range map[string]struct {
		policy       map[string]string
		acknowledged []hazard.ID
		finding      planner.Finding
		want         hazard.Severity
		says         string
	}{
		"default error":                   {finding: rewrite, want: hazard.Error, says: `acknowledge = ["exclusion_add_no_online_path"]`},
		"default warning":                 {finding: star, want: hazard.Warning},
		"acknowledged error":              {acknowledged: []hazard.ID{rewrite.Hazard}, finding: rewrite, want: hazard.Warning, says: "acknowledges it"},
		"acknowledged warning":            {acknowledged: []hazard.ID{star.Hazard}, finding: star, want: hazard.Ignore},
		"another acknowledged":            {acknowledged: []hazard.ID{star.Hazard}, finding: rewrite, want: hazard.Error},
		"error by id":                     {policy: map[string]string{"column_add_breaks_star_clients": "error"}, finding: star, want: hazard.Error, says: "`hazards` of the provider"},
		"error by category":               {policy: map[string]string{"app_breaking": "error"}, finding: star, want: hazard.Error},
		"id beats category":               {policy: map[string]string{"app_breaking": "error", "column_add_breaks_star_clients": "ignore"}, finding: star, want: hazard.Ignore},
		"error by policy, acknowledged":   {policy: map[string]string{"app_breaking": "error"}, acknowledged: []hazard.ID{star.Hazard}, finding: star, want: hazard.Warning},
		"warning by policy, acknowledged": {policy: map[string]string{"locking": "warning"}, acknowledged: []hazard.ID{rewrite.Hazard}, finding: rewrite, want: hazard.Ignore},
		"lowered by policy":               {policy: map[string]string{"locking": "warning"}, finding: rewrite, want: hazard.Warning},
		"refusal and category":            {policy: map[string]string{"replication": "ignore"}, finding: refusal, want: hazard.Error},
		"refusal and acknowledgement":     {acknowledged: []hazard.ID{mixed.Hazard}, finding: mixed, want: hazard.Error, says: "does not help here"},
		"refusal of a hazard that warns":  {policy: map[string]string{"compat_view_limits": "ignore"}, finding: mixed, want: hazard.Error},
		"error without a hazard":          {policy: map[string]string{"design": "ignore"}, finding: plain, want: hazard.Error},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := verdict{policy: policyOf(t, test.policy), acknowledged: test.acknowledged}
			got := v.on(test.finding)
			if got.Severity != test.want || !strings.Contains(got.Detail, test.says) {
				t.Errorf("%s: %q", got.Severity, got.Detail)
			}
			if shown := v.all([]planner.Finding{test.finding}); (len(shown) > 0) != (test.want >= hazard.Warning) {
				t.Errorf("shown: %v", shown)
			}
		})
	}
}

// A policy that wants to hear of an id hears of it where only operations list
// it.
func TestVerdictOnOperations(t *testing.T) {
	t.Parallel()
	operations := []planner.Operation{
		{Statements: []string{"CREATE INDEX CONCURRENTLY i ON t (x)"}, Hazards: []hazard.ID{hazard.IndexBuildLoad, hazard.IndexConcurrentWaitsOldSnapshots}},
		{Statements: []string{"CREATE INDEX CONCURRENTLY j ON t (y)"}, Hazards: []hazard.ID{hazard.IndexBuildLoad}},
	}
	said := []planner.Finding{{Hazard: hazard.IndexConcurrentWaitsOldSnapshots, Severity: hazard.Warning}}
	for _, test := range []struct {
		policy map[string]string
		want   string
	}{
		{nil, ""},
		{map[string]string{"index_build_load": "error"}, "public.i: building an index takes time, CPU and WAL"},
	} {
		v := verdict{policy: policyOf(t, test.policy)}
		got := ""
		for _, f := range v.all(v.unsaid("public.i", operations, said)) {
			got += f.Summary
			if f.Severity != hazard.Error || !strings.Contains(f.Detail, "    CREATE INDEX CONCURRENTLY i") {
				t.Errorf("%s: %s", f.Severity, f.Detail)
			}
		}
		if got != test.want {
			t.Errorf("%v: %q", test.policy, got)
		}
	}
}

func TestNeedlessAcknowledgements(t *testing.T) {
	t.Parallel()
	plan := planner.Plan{
		Operations: []planner.Operation{{Hazards: []hazard.ID{hazard.IndexBuildLoad}}},
		Probes:     []planner.Probe{{Finding: planner.Finding{Hazard: hazard.UniqueAddFailsOnDuplicates}}},
	}
	said := []planner.Finding{{Hazard: hazard.ColumnAddBreaksStarClients}}
	v := verdict{acknowledged: []hazard.ID{
		hazard.ColumnAddBreaksStarClients, hazard.IndexBuildLoad, hazard.TableDropDeletesData, hazard.UniqueAddFailsOnDuplicates,
	}}
	needless := v.needless("public.users", plan, said)
	if len(needless) != 1 || needless[0].Summary != "public.users acknowledges table_drop_deletes_data, which it does not meet" {
		t.Errorf("%v", needless)
	}
	object := func(phase any) tftypes.Value {
		return tftypes.NewValue(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"phase": tftypes.String}},
			map[string]tftypes.Value{"phase": tftypes.NewValue(tftypes.String, phase)})
	}
	for name, test := range map[string]struct {
		raw    tftypes.Value
		plan   planner.Plan
		exists bool
		want   bool
	}{
		"a change":              {object(nil), plan, true, true},
		"nothing to run":        {object(nil), planner.Plan{}, true, false},
		"a new table":           {object(nil), plan, false, false},
		"a phase":               {object("expand"), plan, true, false},
		"a kind without phases": {tftypes.NewValue(tftypes.Object{}, map[string]tftypes.Value{}), plan, true, true},
	} {
		if got := judgesNeedless(test.raw, test.plan, test.exists); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestHazardPolicyIsChecked(t *testing.T) {
	t.Parallel()
	at := path.Root("hazards")
	for key, test := range map[string]struct{ severity, want string }{
		"column_type_change_rewrit":    {"error", `Did you mean "column_type_change_rewrite"?`},
		"desing":                       {"warning", `Did you mean "design"?`},
		"design":                       {"info", `"info" is not a severity: write "ignore", "warning" or "error".`},
		"nothing_like_any_of_them":     {"error", "No hazard has this id"},
		"column_type_change_rewrite":   {"warning", "no statements that could run instead"},
		"exclusion_add_no_online_path": {"warning", ""},
		"index_drop_replica_identity":  {"error", ""},
		"naming":                       {"ignore", ""},
	} {
		value := types.MapValueMust(types.StringType, map[string]attr.Value{key: types.StringValue(test.severity)})
		_, diags := hazardPolicy(value, at)
		switch {
		case test.want == "" && diags.HasError():
			t.Errorf("%s = %s: %v", key, test.severity, diags)
		case test.want != "" && (len(diags) != 1 || !strings.Contains(diags[0].Detail(), test.want) || !strings.Contains(diags[0].Summary(), key)):
			t.Errorf("%s = %s: %v", key, test.severity, diags)
		}
	}
	unknown := types.MapValueMust(types.StringType, map[string]attr.Value{"anything": types.StringUnknown()})
	for _, value := range []types.Map{types.MapUnknown(types.StringType), types.MapNull(types.StringType), unknown} {
		if _, diags := hazardPolicy(value, at); len(diags) > 0 {
			t.Errorf("%s: %v", value, diags)
		}
	}
}

func TestAcknowledgementIsChecked(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"column_add_breaks_star_client": `Did you mean "column_add_breaks_star_clients"?`,
		"app_breaking":                  "An acknowledgement names one hazard",
		"table_create_force_drops":      "no statements that could run instead",
	} {
		if err := hazard.CheckAcknowledgement(id); err == nil || !strings.Contains(err.Detail, want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, h := range hazard.All() {
		if err := hazard.CheckAcknowledgement(string(h.ID)); (err != nil) != h.Fixed {
			t.Errorf("%s: %v", h.ID, err)
		}
	}
}

// The attribute of the provider names all categories.
func TestCategoriesAreDocumented(t *testing.T) {
	t.Parallel()
	text := hazardPolicyAttribute().GetMarkdownDescription()
	for _, c := range hazard.Categories() {
		if !strings.Contains(text, "`"+string(c)+"`") {
			t.Errorf("%s is not documented", c)
		}
	}
	for _, h := range hazard.All() {
		if !slices.Contains(hazard.Categories(), h.Category) {
			t.Errorf("%s has the category %s", h.ID, h.Category)
		}
	}
}

func TestHazardOfPooler(t *testing.T) {
	t.Parallel()
	explained := func(err error) []message {
		got, _ := explain(err, connectionTarget{place: "db:5432"})
		return []message{{Summary: got.summary, Detail: got.cause + "\n\n" + got.next}}
	}
	fires(t, hazard.PoolerSessionState, explained(&catalog.PoolerError{Evidence: "two connections share the server process 7"}))
	silent(t, hazard.PoolerSessionState, explained(&catalog.StandbyError{Database: "db"}))
}

func TestHazardOfStandbys(t *testing.T) {
	t.Parallel()
	exclusive := []planner.Operation{{Locks: []planner.Lock{{Mode: schema.AccessExclusive}}}}
	weak := []planner.Operation{{Locks: []planner.Lock{{Mode: schema.ShareUpdateExclusive}}}}
	asked := verdict{policy: policyOf(t, map[string]string{"standby_query_cancelled": "warning"})}
	said := func(operations []planner.Operation, v verdict, standbys ...string) []message {
		db := newDatabase(nil, settings{liveChecks: true})
		var server catalog.Server
		for _, name := range standbys {
			server.Followers = append(server.Followers, catalog.Follower{Name: name, Active: true})
		}
		db.live.server.set(server)
		var messages []message
		for _, f := range v.all(db.standbyAdvice(t.Context(), "public.users", operations, v)) {
			messages = append(messages, message{Summary: f.Summary, Detail: f.Detail + "\n\n" + f.Hazard.Reference()})
		}
		return messages
	}
	fires(t, hazard.StandbyQueryCancelled, said(exclusive, asked, "reports"))
	silent(t, hazard.StandbyQueryCancelled, said(exclusive, asked))
	silent(t, hazard.StandbyQueryCancelled, said(weak, asked, "reports"))
	silent(t, hazard.StandbyQueryCancelled, said(exclusive, verdict{}, "reports"))
}

// A table that a subscription fills must not become stricter than its publisher.
func TestHazardOfSubscribedTables(t *testing.T) {
	t.Parallel()
	table, other := schema.QualifiedName{Schema: "public", Name: "users"}, schema.QualifiedName{Schema: "public", Name: "orders"}
	strict := planner.Operation{Hazards: []hazard.ID{hazard.ColumnSetNotNullFailsOnNulls}}
	drop := planner.Operation{Hazards: []hazard.ID{hazard.ColumnDropDeletesData}}
	add := planner.Operation{Hazards: []hazard.ID{hazard.ColumnAddBreaksStarClients}}
	said := func(subscribed schema.QualifiedName, operations ...planner.Operation) []message {
		var messages []message
		for _, f := range subscribedAdvice("public.users", table, []catalog.Subscribed{{QualifiedName: subscribed, Subscription: "s"}}, operations) {
			messages = append(messages, message{Summary: f.Summary, Detail: f.Detail + "\n\n" + f.Hazard.Reference()})
		}
		return messages
	}
	fires(t, hazard.LogicalSubscriberStricter, said(table, strict))
	fires(t, hazard.LogicalSubscriberStricter, said(table, add, drop))
	silent(t, hazard.LogicalSubscriberStricter, said(table, add))
	silent(t, hazard.LogicalSubscriberStricter, said(other, strict))
}

func TestHazardOfLargeTables(t *testing.T) {
	t.Parallel()
	column := planner.Operation{Hazards: []hazard.ID{hazard.ColumnAddBreaksStarClients}}
	index := planner.Operation{Builds: schema.QualifiedName{Schema: "public", Name: "i"}}
	said := func(gigabytes int64, operations ...planner.Operation) []message {
		table := schema.QualifiedName{Schema: "public", Name: "users"}
		var messages []message
		for _, f := range largeTableAdvice("public.users", table, schema.Size{TableBytes: gigabytes << 30}, operations) {
			messages = append(messages, message{Summary: f.Summary, Detail: f.Detail + "\n\n" + f.Hazard.Reference()})
		}
		return messages
	}
	fires(t, hazard.DesignTableTooLarge, said(101, column))
	silent(t, hazard.DesignTableTooLarge, said(100, column))
	fires(t, hazard.DesignTableTooLarge, said(51, column, index))
	silent(t, hazard.DesignTableTooLarge, said(50, column, index))
	silent(t, hazard.DesignTableTooLarge, said(500, planner.Operation{}))
}

// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

const pipelines = "../../examples/pipelines"

// runner runs the shell steps of a pipeline in a workspace. What is a service for
// the pipeline is a directory for it: see testdata/pipelines/bin.
type runner struct {
	workspace *terraform.Workspace
	fake      string
	variables []string
}

func newRunner(t *testing.T, db *pgtest.Database) *runner {
	t.Helper()
	w := newWorkspace(t, db)
	useEnvironment(t, w, db)
	for _, program := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the pipelines need it: %v", err)
		}
	}
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatal(err)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	programs, err := filepath.Abs("testdata/pipelines/bin")
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{workspace: w, fake: t.TempDir()}
	own := t.TempDir()
	if err := os.Symlink(executable, filepath.Join(own, "pgphase")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"comments.json", "issues.json"} {
		r.put(t, name, "[]")
	}
	r.variables = append(r.variables, os.Environ()...)
	r.variables = append(r.variables, "PATH="+programs+":"+own+":"+os.Getenv("PATH"), "FAKE="+r.fake, "REAL_TERRAFORM="+terraform,
		"TF_CLI_CONFIG_FILE="+filepath.Join(w.Dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "GITHUB_REPOSITORY=acme/shop", "GITHUB_STEP_SUMMARY="+filepath.Join(r.fake, "summary.md"))
	for name, value := range connectionVariables(t, db) {
		r.variables = append(r.variables, name+"="+value)
	}
	return r
}

func (r *runner) put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.fake, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r *runner) file(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.fake, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func (r *runner) configure(t *testing.T, content string) {
	t.Helper()
	if err := r.workspace.Write("main.tf", content); err != nil {
		t.Fatal(err)
	}
}

// shell runs a script as the services do: it ends with the first command that fails.
func (r *runner) shell(t *testing.T, shell []string, script string, variables ...string) (output string, code int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), shell[0], append(shell[1:], "-c", script)...)
	command.Dir, command.Env = r.workspace.Dir, append(append([]string{}, r.variables...), variables...)
	text, err := command.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited { //nolint:errorlint // Run returns it as it is
		t.Fatal(err)
	}
	return string(text), command.ProcessState.ExitCode()
}

// bashStrict is how GitHub and GitLab call bash.
var bashStrict = []string{"bash", "--noprofile", "--norc", "-eo", "pipefail"}

// workflow is what a runner needs of a workflow of GitHub.
type workflow struct {
	Jobs map[string]struct {
		Steps []struct {
			Name, If, Run, Uses string
			Env                 map[string]string
		}
	}
}

var expression = regexp.MustCompile(`\$\{\{ (.*?) \}\}`)

// run runs the job of a workflow. known are the values of its expressions; one that
// is missing fails the test. The exit codes are those of the steps, by name.
func (r *runner) run(t *testing.T, name string, known map[string]string) map[string]int {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(pipelines, "github-actions", name))
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	if err := yaml.Unmarshal(content, &w); err != nil {
		t.Fatal(err)
	}
	codes := map[string]int{}
	for _, job := range w.Jobs {
		failed := false
		for _, step := range job.Steps {
			if step.Run == "" || step.Name == "Install pgphase" || failed && step.If != "${{ !cancelled() }}" {
				continue
			}
			var variables []string
			for variable, value := range step.Env {
				value = expression.ReplaceAllStringFunc(value, func(text string) string {
					value, found := known[expression.FindStringSubmatch(text)[1]]
					if !found {
						t.Fatalf("%s: the value of %s is not known", step.Name, text)
					}
					return value
				})
				variables = append(variables, variable+"="+value)
			}
			output, code := r.shell(t, bashStrict, step.Run, variables...)
			t.Logf("%s: exit code %d\n%s", step.Name, code, output)
			codes[step.Name], failed = code, failed || code != 0
		}
	}
	return codes
}

func (r *runner) comments(t *testing.T) []string {
	t.Helper()
	var list []struct{ Body string }
	if err := json.Unmarshal([]byte(r.file(t, "comments.json")), &list); err != nil {
		t.Fatal(err)
	}
	bodies := make([]string, len(list))
	for i, c := range list {
		bodies[i] = c.Body
	}
	return bodies
}

// shopOf is a table with a column that comes and goes.
func shopOf(columns, phase string) string {
	return "resource \"pgphase_table\" \"users\" {\n  name = \"users\"\n  columns = {\n    id = { type = \"bigint\" }\n" + columns + "  }\n  primary_key = { columns = [\"id\"] }\n" + phase + "}\n"
}

const (
	faxColumn = "    fax = { type = \"text\" }\n"
	dangerous = "contains(github.event.pull_request.labels.*.name, 'database-dangerous') && 'error' || 'error,blocking,destructive'"
)

// A pull request that drops a column: refused, commented once, let pass by a label,
// merged, and watched afterwards.
func TestGitHubActions(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	r := newRunner(t, db)
	r.configure(t, shopOf(faxColumn, ""))
	do(t, r.workspace, "apply", "-no-color", "-input=false", "-auto-approve")
	r.configure(t, shopOf("", "  phase = \"expand\"\n"))
	do(t, r.workspace, "apply", "-no-color", "-input=false", "-auto-approve")
	r.put(t, "comments.json", `[{"id": 1, "user": {"login": "somebody"}, "body": "<!-- pgphase review: production -->\nmine"}]`)

	review := func(failOn string) map[string]int {
		t.Helper()
		return r.run(t, "review.yml", map[string]string{dangerous: failOn, "github.token": "t", "github.event.pull_request.number": "7"})
	}
	r.configure(t, shopOf("", "  phase = \"migrated\"\n"))
	if codes := review("error,blocking,destructive"); codes["Plan"] != 1 || codes["Review"] != exitFound || codes["Comment"] != 0 {
		t.Errorf("%v", codes)
	}
	comments := r.comments(t)
	if len(comments) != 2 || !strings.Contains(comments[1], "The plan failed") {
		t.Fatalf("%q", comments)
	}
	r.configure(t, shopOf("", "  phase = \"contract\"\n"))
	if codes := review("error,blocking,destructive"); codes["Plan"] != 0 || codes["Review"] != exitFound || codes["Comment"] != 0 {
		t.Errorf("%v", codes)
	}
	if codes := review("error"); codes["Review"] != 0 || codes["Comment"] != 0 {
		t.Errorf("%v", codes)
	}
	if comments = r.comments(t); len(comments) != 2 || !strings.Contains(comments[1], "1 drops for good") || comments[0] != "<!-- pgphase review: production -->\nmine" {
		t.Errorf("%q", comments)
	}

	if codes := r.run(t, "apply.yml", map[string]string{"inputs.dangerous && 'error' || 'error,blocking'": "error,blocking"}); codes["Gate"] != 0 || codes["Apply"] != 0 {
		t.Errorf("%v", codes)
	}
	want(t, r.file(t, "summary.md"), "1 drops for good", "Nothing is open")

	watch := func() string {
		t.Helper()
		for step, code := range r.run(t, "watch.yml", map[string]string{"github.token": "t"}) {
			if code != 0 {
				t.Errorf("%s: exit code %d", step, code)
			}
		}
		return r.file(t, "issues.json")
	}
	if issues := watch(); strings.TrimSpace(issues) != "[]" {
		t.Error(issues)
	}
	db.Exec(t, "ALTER TABLE users ADD CHECK (id > 0); COMMENT ON TABLE users IS 'by hand'")
	r.configure(t, shopOf("    mail = { type = \"text\" }\n", ""))
	for range 2 {
		want(t, watch(), `"label": "database-drift"`, "COMMENT ON TABLE public.users IS NULL")
	}
	if issues := r.file(t, "issues.json"); strings.Count(issues, `"number"`) != 1 {
		t.Error(issues)
	}
	do(t, r.workspace, "apply", "-no-color", "-input=false", "-auto-approve")
	r.configure(t, shopOf("", "  phase = \"expand\"\n"))
	do(t, r.workspace, "apply", "-no-color", "-input=false", "-auto-approve")
	db.Exec(t, "UPDATE pgphase.transitions SET expanded_at = expanded_at - interval '4 days'")
	want(t, watch(), `"label": "database-contract"`, "public.users: mail", "ready for contract", `"open": false`)
}

// The same in GitLab, as far as it is another script.
func TestGitLab(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	r := newRunner(t, db)
	r.variables = append(r.variables, "CI_API_V4_URL=https://gitlab.example.com/api/v4", "CI_PROJECT_ID=3", "CI_MERGE_REQUEST_IID=7", "COMMENT_TOKEN=t", "CI_MERGE_REQUEST_LABELS=")
	content, err := os.ReadFile(filepath.Join(pipelines, "gitlab", ".gitlab-ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var jobs map[string]any
	if err := yaml.Unmarshal(content, &jobs); err != nil {
		t.Fatal(err)
	}
	job := func(name string, variables ...string) (string, int) {
		t.Helper()
		script := fmt.Sprint(jobs[name].(map[string]any)["script"].([]any)[0])
		output, code := r.shell(t, bashStrict, script, variables...)
		t.Logf("%s: exit code %d\n%s", name, code, output)
		return output, code
	}
	r.put(t, "comments.json", `[{"id": 1, "body": "looks good"}]`)
	r.configure(t, shopOf(faxColumn, "")+"removed {}\n")
	if output, code := job("review"); code != exitFound {
		t.Errorf("exit code %d\n%s", code, output)
	}
	r.configure(t, shopOf(faxColumn, ""))
	if output, code := job("review"); code != 0 {
		t.Errorf("exit code %d\n%s", code, output)
	}
	if comments := r.comments(t); len(comments) != 2 || comments[0] != "looks good" || !strings.Contains(comments[1], "CREATE TABLE public.users") {
		t.Errorf("%q", comments)
	}
	if output, code := job("apply"); code != 0 || !strings.Contains(output, "Nothing is open") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	if output, code := job("watch"); code != 0 {
		t.Errorf("exit code %d\n%s", code, output)
	}
	db.Exec(t, "COMMENT ON TABLE users IS 'by hand'")
	if output, code := job("watch"); code != 1 || !strings.Contains(output, "COMMENT ON TABLE public.users IS NULL") {
		t.Errorf("exit code %d\n%s", code, output)
	}
}

// Atlantis runs its commands with sh, and knows where the files are.
func TestAtlantis(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	r := newRunner(t, db)
	content, err := os.ReadFile(filepath.Join(pipelines, "atlantis", "repos.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Workflows map[string]map[string]struct {
			Steps []any
		}
	}
	if err := yaml.Unmarshal(content, &config); err != nil {
		t.Fatal(err)
	}
	var project struct {
		Projects []struct{ Workflow string }
	}
	if content, err = os.ReadFile(filepath.Join(pipelines, "atlantis", "atlantis.yaml")); err == nil {
		err = yaml.Unmarshal(content, &project)
	}
	if err != nil || len(project.Projects) != 1 || config.Workflows[project.Projects[0].Workflow] == nil {
		t.Fatalf("%+v, %v", project, err)
	}
	r.variables = append(r.variables, "PLANFILE="+filepath.Join(r.fake, "production.tfplan"), "SHOWFILE="+filepath.Join(r.fake, "production.json"), "PROJECT_NAME=production")
	plan := func() (text string, code int) {
		t.Helper()
		for _, step := range config.Workflows["pgphase"]["plan"].Steps {
			run, ok := step.(map[string]any)
			if !ok {
				continue // init
			}
			output, code := r.shell(t, []string{"sh"}, fmt.Sprint(run["run"].(map[string]any)["command"]))
			if text += output; code != 0 {
				return text, code
			}
		}
		return text, 0
	}
	r.configure(t, shopOf(faxColumn, ""))
	if output, code := plan(); code != 0 || !strings.Contains(output, "<!-- pgphase review: production -->") || !strings.Contains(output, "CREATE TABLE public.users") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	r.configure(t, shopOf(faxColumn, "  phase = \"migrated\"\n"))
	if output, code := plan(); code != 1 || !strings.Contains(output, "The plan failed") {
		t.Errorf("exit code %d\n%s", code, output)
	}
}

// The script of HCP Terraform reads the plan of a run; the policy is asked where opa
// is installed.
func TestHCPTerraform(t *testing.T) {
	t.Parallel()
	r := &runner{workspace: &terraform.Workspace{Dir: t.TempDir()}, fake: t.TempDir()}
	plan, err := os.ReadFile(filepath.Join(recorded, "story.json"))
	if err != nil {
		t.Fatal(err)
	}
	r.put(t, "plan.json", string(plan))
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(executable, filepath.Join(r.fake, "pgphase")); err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs(filepath.Join(pipelines, "hcp-terraform"))
	if err != nil {
		t.Fatal(err)
	}
	programs, err := filepath.Abs("testdata/pipelines/bin")
	if err != nil {
		t.Fatal(err)
	}
	r.variables = append(os.Environ(), "PATH="+programs+":"+r.fake+":"+os.Getenv("PATH"), "FAKE="+r.fake, "TFE_TOKEN=t")
	if output, code := r.shell(t, bashStrict, folder+"/review.sh run-1"); code != 0 || !strings.Contains(output, "2 drop for good") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	if output, code := r.shell(t, bashStrict, folder+"/review.sh run-1", "FAIL_ON=destructive"); code != exitFound {
		t.Errorf("exit code %d\n%s", code, output)
	}
	want(t, r.file(t, "calls"), "https://app.terraform.io/api/v2/runs/run-1/plan/json-output")

	opa, err := exec.LookPath("opa")
	if err != nil {
		t.Skip("opa is not installed: the policy is not evaluated")
	}
	r.put(t, "input.json", `{"plan": `+string(plan)+`}`)
	output, code := r.shell(t, []string{"sh"}, opa+" eval --format raw --data "+folder+"/pgphase.rego --input "+r.fake+"/input.json 'concat(\"\\n\", data.pgphase.hcp.deny)'")
	if code != 0 || !strings.Contains(output, "pgphase_table.legacy is destroyed") || !strings.Contains(output, "pgphase_table.users drops for good") {
		t.Errorf("exit code %d\n%s", code, output)
	}
}

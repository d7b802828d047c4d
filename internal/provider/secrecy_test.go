// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// However the password is given, nothing shows it at any level of logging:
// neither output nor logs nor state nor what a plan saves as JSON, whether the
// server accepts it or not.
func TestAccPasswordStaysSecret(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	const secret, wrong = "s3cr3t-pass%w0rd", "wr0ng-s3cr3t"
	server := pgtest.Start(t, pgtest.Newest(), pgtest.HostBasedAuthentication("host all all 127.0.0.1/32 scram-sha-256"))
	db := server.Database(t)
	role := db.Role(t, "PASSWORD '"+secret+"'")
	db.Exec(t, "CREATE SCHEMA app AUTHORIZATION "+role.Name+"; GRANT CREATE ON DATABASE "+db.Name+" TO "+role.Name)
	place := fmt.Sprintf("127.0.0.1:%d/%s", server.Port, db.Name)
	bare := "postgres://" + role.Name + "@" + place + "?sslmode=disable"
	files := t.TempDir()
	for name, password := range map[string]string{"right": secret, "wrong": wrong} {
		writeTestFile(t, filepath.Join(files, name), "*:*:*:*:"+password+"\n")
	}
	encoded := strings.NewReplacer("%", "%25").Replace
	for name, test := range map[string]struct {
		url, settings, variable, value string
		refused                        bool
	}{
		"url":               {url: "postgres://" + role.Name + ":" + encoded(secret) + "@" + place + "?sslmode=disable"},
		"parameter of url":  {url: bare + "&password=" + encoded(secret)},
		"argument":          {url: bare, settings: "  password = " + strconv.Quote(secret) + "\n"},
		"PGPASSWORD":        {url: bare, variable: "PGPASSWORD", value: secret},
		"password file":     {url: bare, settings: "  passfile = " + strconv.Quote(filepath.Join(files, "right")) + "\n"},
		"wrong url":         {url: "postgres://" + role.Name + ":" + wrong + "@" + place + "?sslmode=disable", refused: true},
		"wrong argument":    {url: bare, settings: "  password = " + strconv.Quote(wrong) + "\n", refused: true},
		"wrong PGPASSWORD":  {url: bare, variable: "PGPASSWORD", value: wrong, refused: true},
		"wrong file":        {url: bare, settings: "  passfile = " + strconv.Quote(filepath.Join(files, "wrong")) + "\n", refused: true},
		"nothing listens":   {url: "postgres://" + role.Name + ":" + wrong + "@127.0.0.1:1/db", refused: true},
		"malformed url":     {url: "postgres://" + role.Name + ":" + wrong + "@h@" + place, refused: true},
		"unknown parameter": {url: bare + "&password=" + wrong + "&" + wrong + "=1", refused: true},
		"no such authority": {url: bare, settings: "  password = " + strconv.Quote(wrong) + "\n  sslrootcert = \"/none\"\n  sslmode = \"verify-full\"\n", refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := strings.NewReplacer(" ", "_").Replace(name)
			c := newCLI(t, nil)
			// Terraform quotes the line that an error is about, with what is written in it.
			c.settings = "  url = var.url\n" + test.settings
			c.workspace.Setenv("TF_VAR_url", test.url)
			logs := filepath.Join(t.TempDir(), "log")
			c.workspace.Setenv("TF_LOG", "TRACE")
			c.workspace.Setenv("TF_LOG_PATH", logs)
			if test.variable != "" {
				c.workspace.Setenv(test.variable, test.value)
			}
			c.write(fmt.Sprintf("variable \"url\" {\n  sensitive = true\n}\nresource \"pgphase_table\" \"t\" {\n  schema = \"app\"\n  name = %q\n  columns = { id = { type = \"bigint\" } }\n  deletion_protection = false\n}\n", table))
			output, code := c.plan("-out=saved")
			if want := map[bool]int{false: 2, true: 1}[test.refused]; code != want {
				t.Fatalf("plan: exit code %d, want %d\n%s", code, want, output)
			}
			if !test.refused {
				output += c.mustApply("saved")
				json, _ := c.run("show", "-json")
				output += json
			}
			log, err := os.ReadFile(logs)
			if err != nil || !strings.Contains(string(log), "[TRACE]") {
				t.Fatalf("the log has no trace: %v", err)
			}
			state, _ := os.ReadFile(filepath.Join(c.workspace.Dir, "terraform.tfstate"))
			for place, text := range map[string]string{"output": output, "log": string(log), "state": string(state)} {
				for _, password := range []string{secret, encoded(secret), wrong} {
					if at := strings.Index(text, password); at >= 0 {
						t.Errorf("the %s shows the password: %s", place, text[max(0, at-300):min(len(text), at+100)])
					}
				}
			}
		})
	}
}

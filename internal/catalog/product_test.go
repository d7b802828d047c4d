// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"errors"
	"testing"
)

// What servers say of themselves; those of other engines are from their
// documentation.
func TestCheckProduct(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		version string
		number  int
		refused string
	}{
		{"PostgreSQL 15.18 (Debian 15.18-1.pgdg12+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit", 150018, ""},
		{"PostgreSQL 14.2, compiled by Visual C++ build 1914, 64-bit", 140002, ""},
		{"PostgreSQL 17.0 - Percona Server for PostgreSQL 17.0.1 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 11.4.1, 64-bit", 170000, ""},
		{"PostgreSQL 16.3 (EnterpriseDB Advanced Server 16.3.0) on x86_64-pc-linux-gnu, compiled by gcc (GCC) 8.5.0, 64-bit", 160003, ""},
		{"PostgreSQL 13.14 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit", 130014, "PostgreSQL"},
		{"CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27 01:53:43, go1.19.10)", 130000, "CockroachDB"},
		{"PostgreSQL 15.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 17.0.6, 64-bit", 150002, "YugabyteDB"},
		{"PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.12103", 80002, "Amazon Redshift"},
		{"PostgreSQL 9.5.0 on x86_64-unknown-linux-gnu (Materialize v0.27.0)", 90500, "Materialize"},
		{"PostgreSQL 13.14.0-RisingWave-1.9.0 (6a4b9e1)", 131400, "RisingWave"},
		{"PostgreSQL 12.3, compiled by Visual C++ build 1914, 64-bit, QuestDB", 120003, "QuestDB"},
		{"CrateDB 5.4.0 (built 1234/NA, Linux 5.10 amd64, OpenJDK 64-Bit Server VM 20)", 140000, "CrateDB"},
		{"PostgreSQL 14.4 (Apache Cloudberry 1.6.0) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit", 140004, "Apache Cloudberry"},
		{"PostgreSQL 16", 160000, "this server"},
		{"MySQL 8.0", 0, "this server"},
	} {
		err := checkProduct(test.version, test.number)
		var unsupported *UnsupportedServerError
		if (test.refused == "") != (err == nil) || err != nil && (!errors.As(err, &unsupported) || unsupported.Product != test.refused) {
			t.Errorf("%s: %v", test.version, err)
		}
	}
}

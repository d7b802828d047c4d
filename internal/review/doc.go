// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package review tells what a plan of Terraform does to the database, for those
// who decide about it: in a pull request, in a browser, and for machines.
//
// It reads what `terraform show -json` writes of a saved plan, and the stream of
// `terraform plan -json`, which alone has the warnings. It is pure: no database,
// no Terraform, and the same report from the same plan.
package review

#!/usr/bin/env bash
# Writes the report of a run of HCP Terraform: review.sh run-CZcmD7eagjhyX0vN > comment.md
# TFE_TOKEN is a token of a user or a team that may read the runs of the workspace.
# The plan of a run has no warnings; HCP Terraform shows those itself.
set -euo pipefail

run=${1:?the id of a run}
host=${TFE_HOST:-app.terraform.io}

plan=$(mktemp)
trap 'rm -f "$plan"' EXIT
curl -fsSL --header "Authorization: Bearer ${TFE_TOKEN:?a token}" "https://$host/api/v2/runs/$run/plan/json-output" > "$plan"
pgphase review -plan "$plan" -name "$run" -fail-on "${FAIL_ON:-error,blocking}"

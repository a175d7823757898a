#!/usr/bin/env bash
# Fetches the plans that reviewers saw: those that the checks of the last merged pull requests saved.
# They decide nothing by themselves. Main is planned anew, and what is sent has to stand in one of them.
#
# Ten and not one: of the runs that wait for their turn GitHub keeps only the newest, which then does the
# work of those that it dropped.
set -euo pipefail

to=$1
export GH_REPO=$GITHUB_REPOSITORY
merged='.[] | select(.merged_at) | [.number, .head.sha, .merge_commit_sha] | @tsv'

gh api "repos/$GITHUB_REPOSITORY/pulls?state=closed&base=$GITHUB_REF_NAME&sort=updated&direction=desc&per_page=10" \
  --jq "$merged" |
  while IFS=$'\t' read -r number head merge; do
    [ "$merge" != "$GITHUB_SHA" ] || echo "pull-request=$number" >> "$GITHUB_OUTPUT"
    run=$(gh run list --workflow plan.yml --event pull_request --commit "$head" --limit 1 \
      --json databaseId --jq '.[].databaseId')
    if [ -z "$run" ] || ! gh run download "$run" --name "plan-$ENVIRONMENT" --dir "$to/$number"; then
      echo "No plan of pull request $number for $ENVIRONMENT."
    fi
  done

#!/usr/bin/env bash
# One command of reconciler on a GitHub runner. Beside its result it leaves annotations, a job summary,
# outputs, and the plan as JSON and HTML. What to do stands in the environment; see action.yml.
set -euo pipefail

here=$(dirname "$0")
folder=$RUNNER_TEMP/reconciler-${ENVIRONMENT:-default}
saved=$folder/plan.json
mkdir -p "$folder"

more=()
while IFS= read -r word; do [ -z "$word" ] || more+=("$word"); done <<< "$ARGUMENTS"

# A record on a git ref is reached with the job's token. Given by the environment, it is for this server and
# this step alone, and lies in no file.
if [[ ${RECONCILER_STATE:-} == git+ref://* && -n $GITHUB_TOKEN ]]; then
  login=$(printf 'x-access-token:%s' "$GITHUB_TOKEN" | base64 --wrap 0)
  echo "::add-mask::$login"
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader"
  export GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $login"
fi

output() { echo "$1=$2" >> "$GITHUB_OUTPUT"; }
summary() { cat >> "$GITHUB_STEP_SUMMARY"; }
# `in_environment NAME WORD…`; an empty name is the project's default
in_environment() { reconciler -C "$PROJECT" ${1:+-e "$1"} "${@:2}"; }

# Offline: every environment unless one was named. The worst code is the result, and all are told.
offline() {
  local names=("$ENVIRONMENT") name worst=0 code
  if [ -z "$ENVIRONMENT" ]; then
    mapfile -t names < <(for name in "$PROJECT"/environments/*.yaml; do basename "$name" .yaml; done)
  fi
  for name in "${names[@]}"; do
    code=0
    case $COMMAND in
      validate) in_environment "$name" validate --format github "${more[@]}" || code=$? ;;
      diff) in_environment "$name" diff --format markdown "${more[@]}" | summary || code=$? ;;
    esac
    [ "$code" -le "$worst" ] || worst=$code
  done
  return "$worst"
}

# What a saved plan says: to the log, as outputs, as a page, at the lines of the change, in the summary. That
# comes last: it fails rather than to leave out a deletion, and the rest is there then.
tell() {
  output plan-id "$(jq -r .id "$saved")"
  output changes "$(jq '.changes | length' "$saved")"
  output drift "$(jq .summary.drift "$saved")"
  told
  told --format html > "$folder/plan.html"
  told --format github
  told --format markdown | summary
}
told() { reconciler -C "$PROJECT" show "$saved" "$@"; }

# Every line of it is indented in the summary, which is code there, whatever stands in it.
drift() {
  local code=0
  in_environment "$ENVIRONMENT" drift --detailed-exitcode "${more[@]}" | tee "$folder/drift.txt" || code=$?
  sed 's/^/    /' "$folder/drift.txt" | summary
  return "$code"
}

plan() {
  rm -f "$saved" "$folder/outcome.json"
  in_environment "$ENVIRONMENT" plan --out "$saved" --format json --detailed-exitcode "$@" > /dev/null
}

# The new plan is carried out as far as somebody reviewed it: `apply --reviewed` refuses what is beyond.
apply() {
  local reviewed=() file
  if [ -n "$REVIEWED" ]; then
    reviewed=(--reviewed "$REVIEWED")
  else
    "$here/reviewed.sh" "$folder/reviewed" || return
    for file in "$folder"/reviewed/*/plan.json; do [ ! -e "$file" ] || reviewed+=(--reviewed "$file"); done
  fi
  # where nothing was reviewed nothing is approved; a plan without changes needs no review
  [ ${#reviewed[@]} -gt 0 ] || reviewed=(--reviewed sha256:none)
  in_environment "$ENVIRONMENT" apply "$saved" "${reviewed[@]}" --lock-timeout 600 --format json \
    "${more[@]}" > "$folder/outcome.json"
}

# How an apply with this code ended. Only words of ours, counts and the digest: they go into Markdown.
tell_end() {
  echo
  if [ -s "$folder/outcome.json" ]; then
    jq -r '[.summary | to_entries[] | select(.value > 0) | "\(.value) \(.key)"] | join(", ")
      | if . == "" then "Nothing had to be done." else "**Applied:** \(.)." end' "$folder/outcome.json"
  elif [ "$1" = 4 ]; then
    echo "**Refused, nothing was sent.** The log says why. Where a part of this plan was not reviewed: review"
    echo "what stands above, then run this workflow by hand with \`$(jq -r .id "$saved")\`."
  else
    echo "**Failed.** The log says why and how far it came; the next plan shows what is left."
  fi
}

output folder "$folder"
code=0
case $COMMAND in
  install) ;;
  validate | diff) offline || code=$? ;;
  plan)
    plan "${more[@]}" || code=$?
    if [ -s "$saved" ]; then tell; fi
    ;;
  apply)
    plan || code=$?
    if [ -s "$saved" ]; then
      tell
      code=0
      apply || code=$?
      tell_end "$code" | summary
    fi
    ;;
  drift) drift || code=$? ;;
  *)
    echo "::error::command: expected validate, diff, plan, apply, drift or install"
    code=64
    ;;
esac
output exit-code "$code"
case $code in 2 | 3) exit 0 ;; esac
exit "$code"

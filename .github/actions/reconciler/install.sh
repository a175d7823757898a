#!/usr/bin/env bash
# reconciler in a virtual environment of its own, on PATH for the rest of the job.
set -euo pipefail

home=$RUNNER_TEMP/reconciler
source=$(cd "$(dirname "$0")/../../.." && pwd)

if [ -z "$PACKAGE" ] && [ ! -e "$source/reconciler/__init__.py" ]; then
  # not by its bare name: on PyPI that may be somebody else's
  echo "::error::The action was copied without its source. Set the default of its input \`package\`."
  exit 64
fi
if [ ! -x "$home/bin/reconciler" ]; then
  python -m venv "$home"
  "$home/bin/python" -m pip install --quiet --disable-pip-version-check "${PACKAGE:-$source}"
fi
echo "$home/bin" >> "$GITHUB_PATH"

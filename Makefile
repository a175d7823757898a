# Everything runs in the project's own virtual environment: only Python 3.11+, git and make are needed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: test demo benchmark reliability planted lint docs clean
.DEFAULT_GOAL := test

# Rebuilt when the dependencies change. `-e` so that the code that runs is the code in this folder.
.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

test: .venv/ready
	$(BIN)/python -m pytest --numprocesses=auto

demo: .venv/ready
	$(BIN)/reconciler demo

# Prints figures and judges none: machines differ.
benchmark: .venv/ready
	$(BIN)/python -m tests.benchmarks

# Longer than the tests: every promise of the README, broken at in many ways. Prints its seed.
# RELIABILITY="--seed 7 --only killed_at_random --state postgresql --scale 0.1" repeats a part.
reliability: .venv/ready
	$(BIN)/python -m tests.reliability --markdown $(RELIABILITY)

# The tests prove themselves: bugs that somebody might make, each planted in a copy and found there.
planted: .venv/ready
	$(BIN)/python -m tests.reliability.planted

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/shellcheck .ci/run .github/actions/*/*.sh
	$(BIN)/actionlint -shellcheck $(BIN)/shellcheck .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet --persona=auditor .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .github/ci-templates/gitlab.yml

# What the kinds say of themselves, as a page.
docs: .venv/ready
	sed --in-place '/<!-- From here on/q' .github/docs/manifests.md
	{ echo; $(BIN)/reconciler explain --format markdown; } >> .github/docs/manifests.md

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache

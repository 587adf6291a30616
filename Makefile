# Each target installs what it needs into .venv first; a stamp in .venv makes the second call start at once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
RUN ?= runs/demo
DATA ?= rendered_objects/chairs_64
PACKAGING := setup.py pyproject.toml constraints.txt

# The versions in constraints.txt are those of Python 3.11. On 3.10 pip takes the newest that fit; the pip that comes with
# 3.10 itself does not find them within minutes, a current one does.
define install
	@echo "Installing $(1) into .venv"
	@case "$$($(BIN)/python --version)" in \
		"Python 3.11."*) pinned="-c constraints.txt" ;; \
		*) pinned=""; $(BIN)/python -m pip install --upgrade pip ;; \
	esac; \
	$(BIN)/python -m pip install --disable-pip-version-check $$pinned $(1)
	@touch $@
endef

.PHONY: help demo test test-slow lint format clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: .venv/demo.stamp ## Train on rendered chairs, then measure and draw keypoints on unseen chairs
	$(BIN)/tfkeypoints train keypointnet --preset demo --data $(DATA) --run $(RUN)
	$(BIN)/tfkeypoints evaluate $(RUN) --untrained
	@echo "Numbers: $(RUN)/metrics.json   Pictures: $(RUN)/pictures/"

test: .venv/test.stamp ## Run the tests, except the slow ones
	$(BIN)/python -m pytest

test-slow: .venv/test.stamp ## Run the slow tests
	$(BIN)/python -m pytest -m slow

lint: .venv/lint.stamp ## Check style, without changing files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/lint.stamp ## Put files into the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove caches and builds; keeps .venv and runs
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/demo.stamp: $(PACKAGING) | $(BIN)/python
	$(call install,-e '.[rendering]')

.venv/test.stamp: $(PACKAGING) | $(BIN)/python
	$(call install,-e '.[rendering$(comma)robots$(comma)control$(comma)tuning$(comma)video$(comma)pages$(comma)serving$(comma)formats$(comma)tests]')

.venv/lint.stamp: constraints.txt | $(BIN)/python
	$(call install,ruff)

comma := ,

$(BIN)/python:
	@for candidate in python3.11 python3.10 python3; do \
		if $$candidate -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 11))' 2>/dev/null; then \
			echo "Creating .venv with $$($$candidate --version)"; \
			exec $$candidate -m venv .venv; \
		fi; \
	done; \
	echo "No Python 3.10 or 3.11 found (tried python3.11, python3.10, python3)." >&2; \
	echo "Install one of them; README.md says how to install by hand on newer versions." >&2; \
	exit 1

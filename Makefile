# Each target installs what it needs into .venv first; a stamp in .venv makes the second call start at once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN := .venv/bin
RUN ?= runs/demo
DATA ?= rendered_objects/chairs_64_train_instances_6000
PACKAGING := setup.py pyproject.toml $(wildcard constraints/*.txt)
PYTHONS := python3.11 python3.13 python3.12 python3.10 python3

# The versions of .venv's own Python, such as constraints/3.11.txt.
VERSIONS = constraints/$$($(BIN)/python -c 'import sys; print("{}.{}".format(*sys.version_info))').txt
PIP = $(BIN)/python -m pip install --disable-pip-version-check -c $(VERSIONS)

# From Python 3.12 on, tensorflow-graphics comes without what it asks for (setup.py says why).
define install
	@echo "Installing $(1) into .venv"
	@$(PIP) -e '$(1)'
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then \
		$(PIP) --no-deps tensorflow-graphics; \
	fi
	@touch $@
endef

.PHONY: help show demo test test-slow test-settings test-wheel lint format docs clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

show: .venv/demo.stamp ## Draw keypoints on unseen objects with the models that come along; no training
	$(BIN)/tfkeypoints show

demo: .venv/demo.stamp ## Train on rendered chairs, then measure and draw keypoints on unseen chairs
	$(BIN)/tfkeypoints train keypointnet --preset demo --data $(DATA) --run $(RUN)
	$(BIN)/tfkeypoints evaluate $(RUN) --untrained
	@echo "Numbers: $(RUN)/metrics.json   Pictures: $(RUN)/pictures/"

test: .venv/test.stamp ## Run the tests, except the slow ones
	$(BIN)/python -m pytest

test-slow: .venv/test.stamp ## Run the slow tests
	$(BIN)/python -m pytest -m slow

# How TensorFlow computes on older processors, without oneDNN, and on one core.
SETTINGS := "" ONEDNN_MAX_CPU_ISA=SSE41 ONEDNN_MAX_CPU_ISA=AVX2 TF_ENABLE_ONEDNN_OPTS=0 \
	"TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 taskset -c 0"

test-settings: .venv/test.stamp ## Run the tests with other kernels and threads (five times)
	@failed=""; \
	for setting in $(SETTINGS); do \
		echo "== $${setting:-as it is}"; \
		env $$setting $(BIN)/python -m pytest -q || failed="$$failed [$${setting:-as it is}]"; \
	done; \
	if [ -n "$$failed" ]; then echo "Failed with:$$failed" >&2; exit 1; fi

test-wheel: ## Install the wheel by itself, and with each extra (some minutes each)
	tests/matrix/wheel.sh

lint: .venv/lint.stamp ## Check style and types, without changing files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/lint.stamp ## Put files into the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/docs.stamp ## Build the documentation site in site/, refusing broken links
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file website/mkdocs.yml
	@echo "Open site/index.html"

clean: ## Remove caches and builds; keeps .venv and runs
	rm -rf build dist site *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

.venv/demo.stamp: $(PACKAGING) | $(BIN)/python
	$(call install,.[rendering])

.venv/test.stamp: $(PACKAGING) | $(BIN)/python
	$(call install,.[rendering$(comma)robots$(comma)control$(comma)tuning$(comma)video$(comma)pages$(comma)serving$(comma)formats$(comma)interchange$(comma)cluster$(comma)tests])

.venv/lint.stamp: $(PACKAGING) | $(BIN)/python
	@$(PIP) ruff mypy numpy
	@touch $@

.venv/docs.stamp: $(PACKAGING) | $(BIN)/python
	$(call install,.[docs])

comma := ,

# Debian's Pythons lack `ensurepip`, without which no .venv can be made, until one more package is installed.
$(BIN)/python:
	@bare=""; \
	for candidate in $(PYTHONS); do \
		$$candidate -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || continue; \
		if $$candidate -c 'import ensurepip, venv' 2>/dev/null; then \
			echo "Creating .venv with $$($$candidate --version)"; \
			exec $$candidate -m venv .venv; \
		fi; \
		bare=$${bare:-$$($$candidate -c 'import sys; print("python{}.{}".format(*sys.version_info))')}; \
	done; \
	if [ -n "$$bare" ]; then \
		echo "$$bare cannot make a .venv: its modules venv and ensurepip are missing." >&2; \
		echo "On Debian and Ubuntu: sudo apt-get install $$bare-venv" >&2; \
	else \
		echo "No Python 3.10 to 3.13 found (tried $(PYTHONS))." >&2; \
	fi; \
	exit 1

# Each target makes the virtual environment and installs what it needs by itself, and says what it is doing.
VENV    ?= .venv
BIN     := $(VENV)/bin
# The first Python that really runs and is recent enough: a version manager may list names that do not run.
PYTHON  ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
WORKERS ?= 2
# What would else be done at the first start, before anybody's eyes.
compile  = $(BIN)/python -m compileall -q suitability layers && $(BIN)/python -m suitability.spatial.precompile

.PHONY: help scan app test test-long lint format bench docs new-criterion pictures demo demo-check update-golden lock clean
.DEFAULT_GOAL := help

help: ## list what can be done
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

$(BIN)/python:
	@test -n "$(PYTHON)" || (echo "No Python 3.11 to 3.13 with venv found; install one (on Debian: apt-get install python3 python3-venv) or set PYTHON=/path/to/python3.11" >&2; exit 1)
	@echo "Making the virtual environment in $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || (rm -rf $(VENV); exit 1)

$(VENV)/.scan: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what a scan needs (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@$(call compile)
	@touch $@

$(VENV)/.dev: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the tests need (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint requirements.lock --editable '.[dev,build-demo,app]' || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[dev,build-demo,app]'
	@$(call compile)
	@touch $@ $(VENV)/.scan $(VENV)/.app

scan: $(VENV)/.scan ## scan the demo municipality: the funnel on screen, five files in out/
	@echo "Scanning the embedded municipality"
	@$(BIN)/suitability scan --out out

$(VENV)/.app: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the app needs (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[app]'
	@$(call compile)
	@touch $@ $(VENV)/.scan

app: $(VENV)/.app ## the app in your browser, on this machine only
	@$(BIN)/suitability app

test: $(VENV)/.dev ## run all tests
	@echo "Running the tests in $(WORKERS) processes"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

test-long: $(VENV)/.dev ## run the random tests with other and many more examples: hours, for a night
	@echo "Running the random tests, long, in $(WORKERS) processes"
	@SUITABILITY_TESTS=long $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q -m 'hypothesis or random' -o timeout=0

lint: $(VENV)/.dev ## style, types, import directions, configuration files, docstrings
	@echo "Checking style, types, import directions, configuration and docstrings"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/yamllint --strict -c .yamllint.yaml config suitability/catalogue
	@$(BIN)/python -m tools.prose

format: $(VENV)/.dev ## put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

$(VENV)/.bench: $(VENV)/.dev
	@echo "Installing what is measured beside this package (once)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.lock --editable '.[bench]' || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[bench]'
	@touch $@

bench: $(VENV)/.bench ## measure speed and memory, side by side in one run
	@$(BIN)/python -m benchmarks

docs: $(VENV)/.dev ## write again what follows from the code: pages, the schema of a policy, the picture of the packages
	@$(BIN)/python -m suitability.report.policy_reference
	@$(BIN)/python -m tools.architecture

new-criterion: $(VENV)/.dev ## scaffold a criterion: make new-criterion id=compactness unit=1 document=hardenberg-2025
	@$(BIN)/python -m tools.new_criterion --id '$(id)' --unit '$(unit)' --document '$(document)'

pictures: $(VENV)/.dev ## make the pictures of the app in docs/pictures again; needs Chromium
	@$(BIN)/python -m tests.ui.pictures

demo: $(VENV)/.dev ## build the embedded municipality again from its OpenStreetMap extract
	@$(BIN)/python -m layers.demo_data.build

demo-check: $(VENV)/.dev ## check that building the demo again gives the same bytes
	@$(BIN)/python -m layers.demo_data.build --check

update-golden: $(VENV)/.dev ## rewrite the golden files, to be read as a diff
	@$(BIN)/python -m tests.golden.update

lock: $(VENV)/.dev ## renew requirements.lock
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-emit-index-url --no-annotate --no-header --output-file requirements.lock pyproject.toml

clean: ## throw away the environment and what was built
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

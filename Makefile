# Everything one does with this project. The first target, help, lists the rest.

PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 1
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# The first Python that is new enough.
PYTHON ?= $(shell for each in python3.13 python3 python3.14 python3.12 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$each && break; done)

.DEFAULT_GOAL := help
.PHONY: help run feature test test-postgres test-faults test-generator generator-proof fuzz bench check lock format clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf '  make %-14s %s\n' "$$target" "$$text"; done

run: $(VENV)/.runtime .env ## Migrate and serve; PORT=, HOST=, WORKERS=, ARGS= for uvicorn, such as --reload
	@echo
	@echo "  Docs  http://$(HOST):$(PORT)/docs"
	@echo
	@WEB_CONCURRENCY=$(WORKERS) exec $(BIN)/python -m src.serve --host $(HOST) --port $(PORT) \
		--no-server-header --timeout-graceful-shutdown 20 $(ARGS)

feature: $(VENV)/.development ## Add a feature: make feature ARGS="invoice number:str:unique amount:money"
	@$(BIN)/python -m scaffold add $(ARGS)

test: $(VENV)/.development ## Run the suite on in-memory SQLite, with coverage
	@$(BIN)/pytest -p no:schemathesis -p no:hypothesispytest --numprocesses auto --dist worksteal --cov

test-postgres: $(VENV)/.development ## Run the suite and some fuzzing on PostgreSQL: TEST_DATABASE_URL, or an embedded server
	@$(BIN)/pytest --numprocesses auto --dist worksteal --postgres tests/unit tests/integration tests/e2e tests/performance tests/fuzz

test-faults: $(VENV)/.development ## Kill, restart, cut off and overload it, on both databases
	@$(BIN)/pytest tests/faults
	@$(BIN)/pytest tests/faults --postgres

test-generator: $(VENV)/.development ## The generator's own tests, in copies of this tree
	@$(BIN)/pytest -p no:schemathesis --numprocesses auto --dist worksteal tests/scaffold

generator-proof: $(VENV)/.development ## 200 generated features, each proven on both databases; about 45 minutes
	@SCAFFOLD_EXAMPLES=200 $(BIN)/pytest tests/scaffold/test_proof.py

fuzz: $(VENV)/.development ## Over 20,000 generated requests on each database
	@FUZZ_EXAMPLES=1350 $(BIN)/pytest --numprocesses auto --dist worksteal tests/fuzz
	@FUZZ_EXAMPLES=1350 $(BIN)/pytest --numprocesses auto --dist worksteal tests/fuzz --postgres

bench: $(VENV)/.bench ## Compare requests with services written by hand; about 8 minutes; ARGS="--rounds 1 --seconds 1"
	@$(BIN)/python -m benchmarks --results benchmarks/results $(ARGS)

check: $(VENV)/.development ## Lint, format, types, migrations on both databases, lock files
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/pytest -q tests/integration/test_migrations.py
	@$(BIN)/pytest -q tests/integration/test_migrations.py --postgres
	@for each in $(LOCKS); do cp $$each $(VENV)/$$each; done
	@$(MAKE) --no-print-directory lock LOCK_DIR=$(VENV)
	@for each in $(LOCKS); do diff $$each $(VENV)/$$each \
		|| { echo "$$each does not fit pyproject.toml: run make lock"; exit 1; }; done

# Hashes, and nothing of the machine that compiled them.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header
LOCKS = requirements.txt requirements-dev.txt requirements-bench.txt
LOCK_DIR ?= .

lock: $(VENV)/.development ## Compile requirements*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(COMPILE) pyproject.toml --output-file $(LOCK_DIR)/requirements.txt $(ARGS)
	@$(COMPILE) pyproject.toml --group dev --constraint $(LOCK_DIR)/requirements.txt --no-annotate \
		--output-file $(LOCK_DIR)/requirements-dev.txt $(ARGS)
	@$(COMPILE) pyproject.toml --group bench --constraint $(LOCK_DIR)/requirements-dev.txt --no-annotate \
		--output-file $(LOCK_DIR)/requirements-bench.txt $(ARGS)

format: $(VENV)/.development ## Apply the linter's fixes and the format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

clean: ## Remove the virtual environment and caches; keep .env and databases
	rm -rf $(VENV) .mypy_cache .hypothesis .pytest_cache .ruff_cache .coverage

.env:
	cp .env.example .env

ifdef UV
INSTALL = uv pip install --quiet --python $(BIN)/python --require-hashes -r
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
endif

$(VENV)/.runtime: requirements.txt | $(BIN)/python
$(VENV)/.development: requirements-dev.txt | $(BIN)/python
$(VENV)/.bench: requirements-bench.txt | $(BIN)/python
$(VENV)/.%:
	@echo "Installing $< ..."
	@$(INSTALL) $<
	@touch $@

$(BIN)/python:
ifdef UV
	@uv venv --quiet $(if $(filter file,$(origin PYTHON)),,--python $(PYTHON)) $(VENV)
else
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || { \
		echo "Python 3.12 or newer is needed. Install 3.13, or name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
endif

# The commands of this project; `make help` lists them.

PORT ?= 8000
HOST ?= 127.0.0.1
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
# The first Python that is new enough.
PYTHON ?= $(shell for each in python3.13 python3 python3.14 python3.12 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$each && break; done)

PYTEST = $(BIN)/python -m pytest --numprocesses auto --dist worksteal
# Many images of Python keep no bytecode: each process of each run would compile all tests anew.
feature test test-postgres coverage: export PYTHONDONTWRITEBYTECODE =
# Hashes, and nothing of the machine that compiled them.
COMPILE = $(BIN)/python -m uv pip compile pyproject.toml --quiet --universal --python-version 3.12 --generate-hashes --no-header
LOCKS = $(wildcard requirements*.txt)
LOCK_DIR ?= .

.DEFAULT_GOAL := help
.PHONY: worker test-worker
.PHONY: help run feature test test-postgres coverage check format lock clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf '  make %-14s %s\n' "$$target" "$$text"; done

run: $(VENV)/.runtime .env ## Migrate and serve; PORT=, HOST=, WORKERS=, ARGS= for uvicorn, such as --reload
	@$(if $(WORKERS),WEB_CONCURRENCY=$(WORKERS)) exec $(BIN)/python -m src.serve --host $(HOST) --port $(PORT) \
		--no-server-header --timeout-graceful-shutdown 20 $(ARGS)

worker: $(VENV)/.worker .env # Run jobs of all kinds, without a service; ARGS= such as --queues train=1
	@exec $(BIN)/python -m src.worker $(ARGS)

test-worker: $(VENV)/.development $(VENV)/.worker # Run the tests that need the packages of workers; ARGS= for pytest
	@$(PYTEST) tests/worker $(ARGS)

feature: $(VENV)/.development ## Add a feature: make feature ARGS="invoice number:str:unique amount:money"
	@$(BIN)/python -m scaffold add $(ARGS)

test: $(VENV)/.development ## Run the suite on SQLite in memory; ARGS= for pytest
	@$(PYTEST) $(ARGS)

test-postgres: $(VENV)/.development ## Run the suite on PostgreSQL: the server of TEST_DATABASE_URL, or an embedded one
	@$(PYTEST) --postgres $(ARGS)

coverage: $(VENV)/.development ## Run the suite on both databases and require 95 % of lines and branches
	@$(PYTEST) --cov --cov-fail-under=0 --cov-report=
	@$(PYTEST) --cov --cov-append --postgres

check: $(VENV)/.development ## Lint, format, types, migrations on both databases, lock files
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@$(BIN)/python -m mypy
	@$(BIN)/python -m pytest -q tests/integration/test_migration.py
	@$(BIN)/python -m pytest -q tests/integration/test_migration.py --postgres
	@cp $(LOCKS) $(VENV)
	@$(MAKE) --no-print-directory lock LOCK_DIR=$(VENV)
	@for each in $(LOCKS); do diff $$each $(VENV)/$$each \
		|| { echo "$$each does not fit pyproject.toml: run make lock"; exit 1; }; done

format: $(VENV)/.development ## Apply the linter's fixes and the format, and write the tables of the docs
	@$(BIN)/python -m ruff check --fix
	@$(BIN)/python -m ruff format
	@$(BIN)/python -m scaffold docs

lock: $(VENV)/.development ## Compile requirements*.txt from pyproject.toml; ARGS=--upgrade for newer versions
	@$(COMPILE) --output-file $(LOCK_DIR)/requirements.txt $(ARGS)
	@$(COMPILE) --group dev --constraint $(LOCK_DIR)/requirements.txt --no-annotate \
		--output-file $(LOCK_DIR)/requirements-dev.txt $(ARGS)
	@$(COMPILE) --all-extras --constraint $(LOCK_DIR)/requirements-dev.txt --no-annotate --output-file $(LOCK_DIR)/requirements-worker.txt $(ARGS)

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
$(VENV)/.worker: requirements-worker.txt | $(BIN)/python
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

# Everything here needs make, Python 3.11 or newer and pip; it makes its own environment in .venv.

.DEFAULT_GOAL := help
.PHONY: help up test check wheel lock
SHELL := /bin/sh

VENV := .venv
SIDES := 2
BIN := $(VENV)/bin
PYTHON = $(shell for each in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$each" && break; done)
LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(VENV)/.server ## Serve Jobsmith on http://127.0.0.1:8000/ (PORT, HOST, JOBSMITH_HOME)
	@exec $(BIN)/jobsmith up

test: $(VENV)/.dev ## Run all tests that this machine can run (SIDES=2 at a time, ARGS)
	@$(BIN)/python -m pytest -n $(SIDES) --dist loadfile $(ARGS)

check: $(VENV)/.dev ## Format, lint, types, fences, templates, migrations, shape
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	find src -name '*.html' | xargs -r $(BIN)/djlint --lint --quiet
	DJANGO_SETTINGS_MODULE=tests.support.settings PYTHONPATH=. $(BIN)/django-admin makemigrations --check --dry-run
	$(BIN)/python -m pytest -q tests/contracts/test_shape.py

wheel: $(VENV)/.dev ## Build the wheel, install it elsewhere, and try it
	@$(BIN)/python scripts/try_wheel.py "$(PYTHON)"

lock: $(VENV)/.dev ## Write the locked requirements anew
	PATH="$(CURDIR)/$(BIN):$$PATH" $(LOCK) --extra all --group build pyproject.toml -o requirements/server.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" $(LOCK) --extra all --group dev pyproject.toml -o requirements/dev.txt
	echo "pynautobot>=2,<3" | PATH="$(CURDIR)/$(BIN):$$PATH" $(LOCK) - -o requirements/pynautobot2.txt

# The stamp holds what was installed, so that nothing is installed twice. .dev contains all of .server.
$(VENV)/.server: requirements/server.txt pyproject.toml scripts/environment
	@test -e $(VENV)/.dev && test ! requirements/dev.txt -nt $(VENV)/.dev && test ! pyproject.toml -nt $(VENV)/.dev \
		|| sh scripts/environment "$(PYTHON)" $(VENV) requirements/server.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml scripts/environment
	@sh scripts/environment "$(PYTHON)" $(VENV) requirements/dev.txt
	@touch $@

# Needs python3 (3.11 or newer) and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo lab test lint unit bench kill-test fuzz assets lock clean pythons

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 12

$(VENV)/.lab-ready: requirements/lab.txt pyproject.toml scripts/environment.py
	@$(PYTHON) scripts/environment.py lab

$(VENV)/.test-ready: requirements/test.txt pyproject.toml scripts/environment.py
	@$(PYTHON) scripts/environment.py test

test: lint unit  ## Lint, then every test but the long ones

lint: $(VENV)/.test-ready  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.test-ready
	$(BIN)/python -m pytest -m "not long" $(PYTEST_ARGS)

clean:  ## Remove .venv and everything built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .demo
	find . -name __pycache__ -not -path './node_modules/*' -prune -exec rm -rf {} +

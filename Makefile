# Needs python3 (3.11 or newer) and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
WORKERS ?= 3
LAB_ARGS ?=
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-header --no-annotate pyproject.toml requirements/build.in

.DEFAULT_GOAL := help
.PHONY: help demo lab test lint unit pythons bench kill-test storm-test crash-test fuzz pictures assets openapi lock clean

help:  ## List the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

demo: $(VENV)/.lab-ready  ## Run the first notebook in a real kernel, with a scripted model, and say what happened
	@$(BIN)/statek-jupyter demo

lab: $(VENV)/.lab-ready  ## Open JupyterLab on the notebooks
	@echo "[lab] starting JupyterLab on notebooks/; end it with Ctrl+C twice"
	@$(BIN)/jupyter lab --notebook-dir=notebooks $(LAB_ARGS)

test: lint unit  ## Lint, then every test but the long ones

lint: $(VENV)/.test-ready  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.test-ready  ## The tests alone; PYTEST_ARGS="tests/store -x" for some of them, WORKERS=0 in one process
	$(BIN)/python -m pytest -m "not long" -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

pythons: $(VENV)/.test-ready  ## The tests without kernel and browser on Python 3.12 and 3.13, where they are found
	$(BIN)/python scripts/other_pythons.py

bench: $(VENV)/.test-ready  ## The benchmarks, as ratios in one run
	$(BIN)/python -m benchmarks

kill-test: $(VENV)/.test-ready  ## 200 SIGKILLs at random instants of a job; takes minutes
	$(BIN)/python -m pytest -m "kill and long" -k "not storm" -s $(PYTEST_ARGS)

storm-test: $(VENV)/.test-ready  ## Two and four workers under random SIGKILL and SIGSTOP; takes minutes
	$(BIN)/python -m pytest -m "kill and long" -s $(PYTEST_ARGS) tests/kill/test_storm.py

crash-test: $(VENV)/.test-ready  ## The long crash tests: every cell and boundary, killed at each point
	$(BIN)/python -m pytest -m long -s $(PYTEST_ARGS) tests/crash

fuzz: $(VENV)/.test-ready  ## Random programs against the workspace's snapshots; takes many minutes
	$(BIN)/python -m pytest -m "fuzz and long" -s $(PYTEST_ARGS)

pictures: $(VENV)/.test-ready  ## Take the pictures of the documentation again, of a real JupyterLab; look at them, then commit
	$(BIN)/python -m pytest -m long $(PYTEST_ARGS) tests/browser/test_pictures.py
	cp artifacts/docs/*.png docs/images/

assets:  ## Build the browser side again (needs node 20.19); the result is committed
	cd labextension && npm ci --ignore-scripts --no-audit --no-fund && npm run build

openapi: $(VENV)/.test-ready  ## Write the description of the server's routes again; it is committed
	$(BIN)/python -m statek_jupyter.server.description

lock: $(VENV)/.test-ready  ## Renew requirements/*.txt, keeping every version that still fits
	$(LOCK) --extra lab --output-file requirements/lab.txt
	$(LOCK) --extra test --output-file requirements/test.txt

$(VENV)/.lab-ready: requirements/lab.txt pyproject.toml scripts/environment.py
	@$(PYTHON) scripts/environment.py lab

$(VENV)/.test-ready: requirements/test.txt pyproject.toml scripts/environment.py
	@$(PYTHON) scripts/environment.py test

clean:  ## Remove the environments and everything built or run
	rm -rf .venv* build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .demo
	find . -name __pycache__ -prune -exec rm -rf {} +

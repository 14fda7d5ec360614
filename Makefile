# The commands of docs: up, test, demo, check, bench. Everything is installed into .venv by plain pip.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
export PYTHONDONTWRITEBYTECODE =
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up demo test check bench soak shots wheel browser clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Teamboard needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Run: make PYTHON=/path/to/python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(PIP) -r requirements.lock
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(PIP) -r requirements-dev.lock
	@touch $@

up: .venv/installed ## start the board (ARGS="--port 8123 --data DIR --open PATH")
	@$(BIN)/python manage.py up $(ARGS)

demo: .venv/installed ## start a board with a sample repository and scripted agents at work
	@$(BIN)/python manage.py demo $(ARGS)

browser:
	@bash tests/browser/install.sh

POSTGRES_TOO := tests/accounts tests/board tests/runs tests/reviews tests/gate tests/evidence

test: .venv/installed-dev browser ## install what the tests need and run all of them, the actions on Postgres too
	$(BIN)/python -m tests.on_postgres -q -n 2 $(POSTGRES_TOO)
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: .venv/installed-dev ## style, types, import contracts, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --quiet templates
	TEAMBOARD_DATA=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run

soak: .venv/installed-dev browser ## explore: random walks over live pages (LIVE_SEED=N replays one)
	$(BIN)/python -m pytest -m soak $(ARGS)

bench: .venv/installed-dev browser ## print the speed table and write bench.json
	$(BIN)/python -m tests.bench $(ARGS)

shots: .venv/installed-dev browser ## take the screenshots of docs/ from the demo
	$(BIN)/python -m tests.browser.shots

wheel: .venv/installed-dev ## build the wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

lock: .venv/installed-dev ## write the lock files anew from requirements*.in
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-header -o requirements.lock requirements.in
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-header -o requirements-dev.lock requirements-dev.in

# The commands of docs: up, test, demo, check, bench. Everything is installed into .venv by plain pip.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes
export PYTHONDONTWRITEBYTECODE =
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up demo test check bench soak shots wheel browser clean agents all-agents test-agents test-all-agents

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

# Real agents' programs, pinned, in a folder of their own. Node 20 and npm have to be there.
.agents/ci/installed: tests/real_agents/ci/package-lock.json tests/real_agents/ci/requirements.txt
	@command -v npm >/dev/null || { echo "The tests of real agents need Node 20 or newer with npm."; exit 1; }
	mkdir -p .agents/ci && cp tests/real_agents/ci/package*.json .agents/ci/
	npm ci --silent --no-audit --no-fund --prefix .agents/ci
	$(PYTHON) -m venv .agents/mini
	.agents/mini/bin/pip install --quiet --disable-pip-version-check --no-deps -r tests/real_agents/ci/requirements.txt
	@touch $@

.agents/all/installed: tests/real_agents/all/package-lock.json tests/real_agents/all/requirements.txt
	mkdir -p .agents/all && cp tests/real_agents/all/package*.json .agents/all/
	npm ci --silent --no-audit --no-fund --prefix .agents/all
	$(PYTHON) -m venv .agents/aider
	.agents/aider/bin/pip install --quiet --disable-pip-version-check -r tests/real_agents/all/requirements.txt
	@touch $@

agents: .agents/ci/installed ## install the agents' programs that CI drives (about 660 MB)

all-agents: agents .agents/all/installed ## install all agents' programs (about 3 GB)

test-agents: .venv/installed-dev agents ## drive Claude Code, its ACP adapter and mini-swe-agent through the board
	$(BIN)/python -m pytest -m agents $(ARGS) tests/real_agents

test-all-agents: .venv/installed-dev all-agents ## drive every program of the table through the board
	$(BIN)/python -m pytest -m "agents or all_agents" $(ARGS) tests/real_agents

check: .venv/installed-dev ## style, types, import contracts, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --quiet templates
	TEAMBOARD_DATA=$$(mktemp -d) $(BIN)/python manage.py makemigrations --check --dry-run

soak: .venv/installed-dev browser ## explore: random walks over live pages (LIVE_SEED=N), simulated worlds (SIMULATED_SEEDS=N of them), Redis in every trouble
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

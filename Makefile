# Two commands are enough: `make try` to chat with the bot in a browser, `make test` to check everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Thousands of small database files: in memory where there is such a place.
SHM := $(shell test -w /dev/shm && echo TMPDIR=/dev/shm)

.DEFAULT_GOAL := help
.PHONY: help try run test types behaviour bench eval screenshot migrate messages lock

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; found " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

try: $(READY) ## chat with the bot in a browser: four phones, no token needed
	$(BIN)/python -m bot try

run: $(READY) ## run the bot for real (needs BOT_TOKEN, in the environment or in .env)
	$(BIN)/python -m bot run

test: $(READY) ## check everything: style, types, import contracts, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(MAKE) --no-print-directory --jobs=2 types behaviour

types: $(READY)
	$(BIN)/mypy

behaviour: $(READY)
	$(SHM) $(BIN)/python -m pytest

bench: $(READY) ## measure broadcasts against their goals beside another way, and write docs/benchmarks.md
	$(BIN)/python -m tests.benchmarks

eval: $(READY) ## hold the answers against the labelled questions, and write docs/evaluation.md
	$(BIN)/python -m bot.evaluate

screenshot: $(READY) ## take the picture in README.md anew
	SCREENSHOT=docs/sandbox.png $(BIN)/python -m pytest tests/browser

migrate: $(READY) ## bring the database up to date
	$(BIN)/python -m bot migrate

messages: $(READY) ## carry new English texts into the Khmer catalogue, for the translator
	$(BIN)/pybabel update -i messages/messages.pot -o messages/km.po -l km --no-fuzzy-matching --ignore-obsolete -w 110

lock: $(READY) ## write requirements.lock anew from pyproject.toml
	$(BIN)/python -m pip install --quiet 'uv>=0.13,<1'
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --extra dev --custom-compile-command 'make lock' -o requirements.lock pyproject.toml

# Firstline: every task a person needs, by name.  `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
TESTERS := $(shell echo $$(($$(nproc 2>/dev/null || echo 2) * 3 / 2)))  # processes that test: three for two cores, since tests wait for a third of their time; with more, products started by tests wait for each other

.PHONY: help install run test check bench lock words clean

help:  ## list these tasks
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## make .venv with the pinned dependencies and the `firstline` command

run: .venv/installed  ## run everything in one process; prints the addresses to open
	@$(BIN)/firstline run

test: .venv/developer  ## run all tests; a missing server or browser is named and skipped
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder

check: .venv/developer  ## lint, types, import contracts, catalogues
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/firstline kb check

bench: .venv/developer  ## measure: events, workers, matching (SETS=folder: question sets), memory, cold start, each beside a baseline
	@$(BIN)/python -m tests.bench

lock:  ## resolve the pinned dependencies again (needs uv)
	echo 'setuptools>=80,<81' | uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml - -o requirements.lock
	echo 'setuptools>=80,<81' | uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-annotate --extra dev pyproject.toml - -o requirements-dev.lock

words: .venv/developer  ## extract the sentences into the catalogues and compile them
	@$(BIN)/python -m bot.locale

clean:  ## remove what the tasks above made; data stays
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/installed: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/developer: .venv/installed requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

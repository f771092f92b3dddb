# make demo   the whole workflow on the embedded suite, without any other download
# make test   format, lint and tests
# make test-all   those that take long, too: a cluster of its own, kills, a browser, where it has them
# make bench  gradients a second of this project and of other libraries
# make lock   resolve the dependencies of pyproject.toml anew

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-all bench lint format lock
.DELETE_ON_ERROR:

demo: .venv/installed
	$(BIN)/snakemake --cores all

test: lint
	$(BIN)/pytest -m "not long"

test-all: lint
	$(BIN)/pytest

bench: .venv/installed
	$(BIN)/python tests/bench/bench.py

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

# The environment holds what the lock file lists, and each file's hash is checked.
.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "Python's venv is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	@touch $@

lock: .venv/installed
	$(PYTHON) -m venv .venv/uv
	.venv/uv/bin/pip install --quiet uv
	.venv/uv/bin/uv pip compile pyproject.toml --group test --universal --python-version 3.11 \
		--generate-hashes --no-annotate --custom-compile-command "make lock" \
		--output-file requirements.lock

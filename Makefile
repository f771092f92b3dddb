# make demo   the whole workflow on the embedded suite, without any other download
# make test   format, lint and tests
# make test-all   those that take long, too: a cluster of its own, kills, a browser, where it has them
# make test-gpu  what a GPU computes; it installs nothing: PYTHON=/a/python/with/torch/and/pytest
# make bench  gradients a second of this project and of other libraries
# make lock   resolve the dependencies of pyproject.toml anew

PYTHON ?= python3
BIN := .venv/bin
LOCKED := --quiet --no-deps --require-hashes --requirement
COMPILE := .venv/uv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-annotate --custom-compile-command "make lock"

.PHONY: demo test test-all test-gpu all-tests bench lint format lock
.DELETE_ON_ERROR:

demo: .venv/installed
	$(BIN)/snakemake --cores all

test: lint
	$(BIN)/pytest -m "not long"

test-all: lint all-tests

# Three workers, even on two cores: kills, clusters and browsers mostly wait.
all-tests: .venv/with-tests
	$(BIN)/pytest --numprocesses=3

# Without pytest-xdist and its options, because one GPU does one thing at a time.
test-gpu:
	$(if $(wildcard $(BIN)/pytest),$(BIN)/python,$(PYTHON)) -m pytest --override-ini addopts= \
		--strict-markers --import-mode=importlib -ra --durations=10 -m gpu tests/gpu

bench: .venv/with-tests
	$(BIN)/python tests/bench/bench.py

lint: .venv/with-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	PYTHONPATH=workflow $(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/snakemake --lint

format: .venv/with-tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

# Each lock file lists every package with its hash: what a run needs, and with it what tests need.
.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "Python's venv is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install $(LOCKED) requirements.lock
	@touch $@

.venv/with-tests: .venv/installed requirements-test.lock
	$(BIN)/python -m pip install $(LOCKED) requirements-test.lock
	@touch $@

lock: .venv/installed
	$(PYTHON) -m venv .venv/uv
	.venv/uv/bin/pip install --quiet uv
	$(COMPILE) --group workflow --output-file requirements.lock
	$(COMPILE) --group test --constraints requirements.lock --output-file requirements-test.lock

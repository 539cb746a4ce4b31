# `make verify` and `make test` are all a fresh clone needs: they create .venv and install divkit.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
WORKERS ?= 2
# One thread a process: several test workers or laws in flight would otherwise fight for cores.
export OMP_NUM_THREADS ?= 1

.PHONY: verify lab browser test test-slow test-all lint types layers docs bench bench-exact bench-peers clean

.venv/core: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --editable .
	touch $@

.venv/dev: .venv/core
	$(INSTALL) --editable '.[test,lint,docs,fast,flows,lab]'
	touch $@

.venv/lab: .venv/core
	$(INSTALL) --editable '.[lab]'
	touch $@

verify: .venv/core
	$(BIN)/divkit verify

# The derivation in a browser.
lab: .venv/lab
	$(BIN)/divkit lab

# The browser of the lab's slow tests, where there is none and this user may install one; and what
# looks for barriers on its pages, where npm is.
browser:
	command -v chromium || { apt-get update -q && apt-get install -y --no-install-recommends chromium; } || echo 'no chromium: the tests in a browser are skipped, and fail where CI is set'
	[ -f .venv/axe/node_modules/axe-core/axe.min.js ] || npm install --prefix .venv/axe --no-save --ignore-scripts --no-audit --no-fund --loglevel=error axe-core@4.14.1 || echo 'no axe-core: the search for barriers is skipped'

# The quick tests; those marked slow; both.
test: .venv/dev
	$(BIN)/python -m pytest -n $(WORKERS) -m 'not slow'

test-slow: .venv/dev
	$(BIN)/python -m pytest -n $(WORKERS) -m slow

test-all: .venv/dev
	$(BIN)/python -m pytest -n $(WORKERS)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

layers: .venv/dev
	$(BIN)/lint-imports

docs: .venv/dev
	$(BIN)/sphinx-build -W --keep-going -q -j $(WORKERS) -b html docs docs/_build/html
	$(BIN)/python docs/check_links.py docs/_build/html

bench: .venv/dev
	$(BIN)/python benchmarks/estimators.py --workers $(WORKERS)

bench-exact: .venv/dev
	$(BIN)/python benchmarks/batch_against_quad.py

bench-peers: .venv/dev
	$(BIN)/python benchmarks/peers_from_pypi.py

clean:
	rm -rf .venv docs/_build docs/auto_gallery docs/reference/generated .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

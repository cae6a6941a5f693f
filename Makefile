# Two commands do everything: `make demo` shows what Onoma does, `make test` checks that it does it. `make fuzz`
# searches on, for an hour and more, among random inputs; what it finds is repeated by its seed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

ifndef SEED
SEED := $(shell date +%s)
endif
FUZZ ?= 50

.PHONY: demo test pytest fuzz lint docs tutorials install clean
.DEFAULT_GOAL := test

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Onoma needs Python 3.11 or newer: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[test]'
	touch $@

demo: install
	$(BIN)/python examples/demo.py

# Type checking is one process of a minute: it runs beside the tests.
test: install
	$(MAKE) --no-print-directory --jobs 2 lint pytest

pytest: install
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

fuzz: install
	@echo "make fuzz SEED=$(SEED) repeats this"
	ONOMA_FUZZ=$(FUZZ) $(BIN)/python -m pytest -m hypothesis --hypothesis-seed=$(SEED) \
		--numprocesses auto --dist loadfile --no-loadscope-reorder
	$(BIN)/python benchmarks/mutations.py --seed $(SEED)
	$(BIN)/python benchmarks/hostile_bundles.py --random 100 --seed $(SEED)

lint: install
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --no-cache --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Static files in build/site; with --strict a broken link is an error. Only the model on the front page needs a
# server, and npm: without it the page says so.
docs: $(VENV)/.docs docsite/node_modules
	$(BIN)/mkdocs build --strict

# All that the tutorials tell to run, with few epochs: about ten minutes.
tutorials: install
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python docsite/walk.py --quick docs/tutorials/*.md

docsite/node_modules: docsite/package-lock.json
	@if command -v npm > /dev/null; then npm ci --prefix docsite --ignore-scripts --no-audit --no-fund; fi || \
		echo "npm failed: the site is built without the model" >&2

$(VENV)/.docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) docsite/node_modules demo-run build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# `make compose` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
CONSTRAINTS := -c constraints.txt
# In CI the code must already be formatted; at home it is formatted for you.
FORMAT := $(if $(CI),ruff format --check,ruff format) src tests benchmarks

.PHONY: compose test slow format clean

compose: .venv/composing
	$(BIN)/solfa compose --style german --key G --meter 3/4 --bars 16 --seed 7 --out tunes

test: .venv/developing
	$(BIN)/$(FORMAT)
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --cov --cov-report=term -m "not slow"
	$(BIN)/pytest -m slow

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

.venv/composing: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet $(CONSTRAINTS) -e .
	touch $@

.venv/developing: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet $(CONSTRAINTS) -e '.[train,studio,dev]'
	touch $@ .venv/composing

clean:
	rm -rf .venv tunes

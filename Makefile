# `make compose` and `make test` need nothing but Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
CONSTRAINTS := -c constraints.txt
# In CI the code must already be formatted; at home it is formatted for you.
CODE := src tests benchmarks experiments docs examples
FORMAT := $(if $(CI),ruff format --check,ruff format) $(CODE)

# Two at a time, a file in one process; those with slow tests begin (tests/conftest.py).
TESTS := $(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder

.PHONY: compose test coverage fuzz docs melody_lstm clean

compose: .venv/composing
	$(BIN)/solfa compose --style german --key G --meter 3/4 --bars 16 --seed 7 --out tunes

test: .venv/developing
	$(BIN)/$(FORMAT)
	$(BIN)/ruff check $(CODE)
	$(BIN)/lint-imports
	$(BIN)/mypy & types=$$!; $(TESTS); tests=$$?; wait $$types && exit $$tests

coverage: .venv/developing
	$(TESTS) --cov --cov-report=term -m "not slow"

# Every reader on inputs made at random, half an hour of one core; another SEED makes others.
COUNT := 200000
SEED := 1
fuzz: .venv/developing
	$(BIN)/python benchmarks/fuzz.py --count $(COUNT) --seed $(SEED) --page docs/reliability.md

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

.venv/composing: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet $(CONSTRAINTS) -e .
	touch $@

.venv/developing: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet $(CONSTRAINTS) -e '.[corpora,train,studio,notebook,docs,dev]'
	touch $@ .venv/composing

# The site; tests build it too.
docs: .venv/developing
	$(BIN)/mkdocs build --strict

# The bundled weights of our own model, trained anew: two members at once, half an hour of two cores.
SEEDS := 1 2
melody_lstm: .venv/developing
	for seed in $(SEEDS); do \
	  run=runs/melody_lstm/$$seed; test -e $$run/last.json && resume=--resume || resume=; \
	  OMP_NUM_THREADS=1 $(BIN)/solfa train melody_lstm --seed $$seed --out $$run $$resume & \
	done; wait
	$(BIN)/solfa join $(SEEDS:%=runs/melody_lstm/%) --out runs/melody_lstm

clean:
	rm -rf .venv tunes site

# The only commands that CI calls. `make` alone lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DATA ?= labelled

# Tests of a file share what they set up, so a file goes to one process.
PARALLEL := --numprocesses 2 --dist loadfile
FAST := "not slow and not deployment and not faults and not warehouse and not browser and not cloud"

BENCH_PEERS := $(VENV)-bench-peers
# Sizes in 10^6 bytes of text; DATA is a folder of labelled pages to make benchmark pages of.
SIZE ?= 1000
PEER_SIZE ?= 100
SCALE ?= 10 100 3000
FILES ?= 20000
OUTPUT ?= output
REPEATS ?= 3
BENCH_OPTIONS = --size $(SIZE) --peer-size $(PEER_SIZE) --scale $(SCALE) --files $(FILES) --repeats $(REPEATS) \
    $(if $(DATA),--data $(DATA))

.DEFAULT_GOAL := help
.PHONY: help setup run check test test-browser screenshots test-slow test-faults-short test-faults test-nights-short test-deployment test-warehouse test-cloud peers evaluate bench bench-small bench-desk bench-warehouse bench-peers lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: $(READY) ## Set everything up in .venv

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $(READY)

run: $(READY) ## Clean seeds/ into output/
	$(BIN)/etl run seeds --output output

check: $(READY) ## Formatting, lint, types, the rules' examples
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/etl rules test

test: $(READY) ## All tests that are fast; with COVERAGE=yes under branch coverage, which fails below 95 %
	$(BIN)/pytest $(PARALLEL) -m $(FAST) --ignore tests/faults $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

test-browser: $(READY) ## The report's pages in a real browser (needs the package chromium)
	$(BIN)/pytest -m browser

screenshots: $(READY) ## Take the README's pictures anew (needs the package chromium)
	$(BIN)/python -m tests.screenshots docs/pictures

test-slow: $(READY) ## The slow tests
	$(BIN)/pytest -m slow

test-nights-short: $(READY) ## A week of nights, and one run of nights at random
	$(BIN)/pytest $(PARALLEL) -m slow -k "week or seed-0" tests/test_many_nights.py tests/test_nights.py

test-deployment: $(READY) ## The README's way to a scheduled run, with a Prefect server and a worker (needs curl)
	$(BIN)/pytest -m deployment

test-faults-short: $(READY) ## A few of each fault
	$(BIN)/pytest $(PARALLEL) -m $(FAST) tests/faults

test-faults: $(READY) ## The fault suite in its long form; writes its figures to docs/reliability.md
	$(BIN)/pytest tests/faults --figures docs/reliability.md

test-warehouse: $(READY) ## Loads into PostgreSQL (a server of its own; needs the package postgresql), Delta and Iceberg
	$(BIN)/pytest -m warehouse

test-cloud: $(READY) ## Carry out `etl external` by ClickHouse and Spark, which are installed for it (needs Java 17)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group cloud
	$(BIN)/pytest -m cloud

peers: $(READY) ## Install the other tools that `make evaluate` measures beside ours
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[peers]"

evaluate: $(READY) ## Measure quality on labelled material: make evaluate DATA=folder
	$(BIN)/etl evaluate --data $(DATA) --errors --output .evaluation

bench: $(READY) bench-peers ## Measure speed and memory: make bench SIZE=1000 PEER_SIZE=100 SCALE="10 100" DATA=folder
	$(BIN)/python -m compileall -q src # as pip leaves the other tools
	$(BIN)/python -m benchmarks --peers $(BENCH_PEERS) $(BENCH_OPTIONS)

bench-small: $(READY) ## See that the benchmark works, on 5 MB
	$(BIN)/python -m benchmarks --size 5 --peer-size 2 --scale --files 200 --repeats 1 \
	    --peers $(BENCH_PEERS) --work .bench/small --output .bench/small/results

bench-desk: $(READY) ## Measure the report and the desk of a run: make bench-desk OUTPUT=output (needs the package chromium)
	$(BIN)/python -m benchmarks.desk $(OUTPUT)

bench-warehouse: $(READY) $(BENCH_PEERS)/dlt/.ready ## Measure loads, beside dlt: make bench-warehouse POSTGRES=url DATA=folder
	$(BIN)/python -m benchmarks.warehouse --dlt $(BENCH_PEERS)/dlt $(if $(POSTGRES),--postgres $(POSTGRES)) \
	    $(if $(DATA),--data $(DATA))

bench-peers: $(BENCH_PEERS)/datatrove/.ready $(BENCH_PEERS)/dolma/.ready ## Install the tools that run beside ours there

$(BENCH_PEERS)/%/.ready: benchmarks/peers/%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

lock: ## Write requirements.lock anew from pyproject.toml
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(VENV)-lock/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[flows,warehouse,postgres,delta,iceberg,lineage,desk]" --group dev
	$(VENV)-lock/bin/python -m pip freeze --exclude-editable > requirements.lock
	rm -rf $(VENV)-lock

clean: ## Remove what was made here
	rm -rf $(VENV) output/* .prefect .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis

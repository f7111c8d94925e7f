# Skuld. `make demo` and `make test` set up all they need on a fresh Debian with python3.11, make and root.
SHELL := /bin/bash
.DEFAULT_GOAL := help
READY := .venv/.ready

# Real order lines, when they lie beside the project; everything works without them.
ifneq ($(wildcard ../shared/data/.),)
export SKULD_DATASETS ?= $(abspath ../shared/data)
endif

.PHONY: help setup servers demo plan run test check bench chaos clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | expand -t 10

setup: $(READY)  ## build .venv from requirements.lock

$(READY): requirements.lock pyproject.toml tests/servers/venv.sh
	@tests/servers/venv.sh
	@touch $@

servers:  ## install the servers of tests and benchmarks when missing
	@tests/servers/ensure.sh redis-server mariadb-server strace openssh-server rsync

demo: $(READY)  ## replay a peak of a real shop's orders through a system of its own
	@.venv/bin/skuld demo

plan: $(READY)  ## forecast a shop's demand, say what to order and why, order it and receive it
	@.venv/bin/skuld plan-demo

run: $(READY)  ## serve on http://127.0.0.1:8000
	@.venv/bin/skuld up

test: $(READY) servers  ## every test, on real servers
	@tests/all.sh

check: $(READY)  ## format, lint, types, arrows, unit and model tests
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports
	@.venv/bin/python -m pytest -q tests/unit tests/model

bench: $(READY) servers  ## throughput, latency, forecasts, each beside peers
	@tests/servers/ensure.sh wrk
	@.venv/bin/python -m tests.benchmarks all

chaos: $(READY) servers  ## hundreds of kills under load, with a report
	@.venv/bin/python -m tests.chaos run

clean:  ## remove .venv and caches
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

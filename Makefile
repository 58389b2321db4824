# Everything a person needs to run the course; `make help` lists it.
# PYTHON=/path/to/python names another Python; ENV_FLAGS=--no-apt installs no system packages.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help env lab test test-system lint types format lock clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

env:  ## the environment in .venv, an AVR compiler included
	@$(PYTHON) tools/make_env.py $(ENV_FLAGS)

lab: env  ## JupyterLab at lesson 1
	@$(BIN)/tinyml lab

test: env lint types  ## everything that must hold: lint, types, tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-system: env  ## what needs a browser, avrdude or libsimavr, which it installs where root allows that
	@$(PYTHON) tools/make_env.py --system $(ENV_FLAGS)
	@$(BIN)/python -m pytest -n auto --dist loadfile -m system tests/browser tests/system

lint: env  ## style, and the layers of imports
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@said=$$($(BIN)/lint-imports --no-cache --no-logo 2>&1) || { echo "$$said"; exit 1; }

types: env  ## type hints
	@$(BIN)/mypy --no-error-summary

format: env  ## bring the sources into the common style
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

lock: env  ## pin the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-emit-index-url --no-header \
	    --extra avr --extra test pyproject.toml -o requirements.lock

clean:  ## remove what was made: environment, caches, builds
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

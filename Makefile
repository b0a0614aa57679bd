# make demo: install and show; make test: install with all that checks, and check.
# Needs Python 3.11 or later with pip and venv; everything else is installed here, as constraints.txt pins it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PACKAGES := packages/core packages/segmenters packages/classifiers packages/measures packages/exporters registry
PROJECTS := pyproject.toml $(addsuffix /pyproject.toml,$(PACKAGES))
EDITABLE := $(addprefix -e ,$(PACKAGES))

.PHONY: demo test lint install clean

demo: $(VENV)/.installed
	$(BIN)/nanosieve demo

install: $(VENV)/.installed

test: $(VENV)/.installed-dev lint
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/.build: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet -c constraints.txt editables hatchling
	touch $@

$(VENV)/.installed: $(VENV)/.build $(PROJECTS)
	$(PIP) install --quiet -c constraints.txt --no-build-isolation $(EDITABLE) -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.build $(PROJECTS)
	$(PIP) install --quiet -c constraints.txt --no-build-isolation $(EDITABLE) -e ".[dev]"
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV)

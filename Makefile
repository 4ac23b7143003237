# SPDX-License-Identifier: Apache-2.0
# The commands of README.md. Every one prepares what it needs first; see tools/.

PYTHON ?= python3
export PYTHON
BIN := .venv/bin
# Two workers; tests that share a real resource stay on one of them (tests/conftest.py).
PYTEST := $(BIN)/pytest --numprocesses=2 --dist=loadgroup
CHECKED := src packages tests bench

.PHONY: help demo test lint typecheck coverage bench venv clean

help:
	@echo "make demo      boot a real Linux guest, use it, shut it down"
	@echo "make test      static checks and all tests"
	@echo "make lint      ruff and mypy only"
	@echo "make coverage  all tests, with a coverage report"
	@echo "make bench     measure manor against libvirtd on this machine"
	@echo "make clean     remove what the commands above created"

venv:
	@tools/make-venv

demo:
	@tools/system-packages demo
	@tools/make-venv
	@$(BIN)/python -m manor.demo --cache .cache/guest

lint: venv
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)

typecheck: venv
	$(BIN)/mypy $(CHECKED)

# Pytest comes last, so that its closing line is the last one printed.
test:
	@tools/system-packages --optional demo test
	@$(MAKE) --no-print-directory lint typecheck
	@$(PYTEST)

coverage: venv
	@$(PYTEST) --cov --cov-report=term --cov-report=html

bench: venv
	@$(BIN)/python -m bench.run $(BENCH)

clean:
	rm -rf .venv .venv.lock .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* htmlcov

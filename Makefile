# Two commands do everything: `make lab` opens the course, `make test` runs all its checks.
# Paths are relative, so the folder may be called anything.

SHELL = /bin/sh
VENV = .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: help lab test check format bench bench-tool setup lock clean

help:
	@echo "make lab     set up if needed, start the services, open your copy of the course in JupyterLab"
	@echo "make test    set up if needed, then run all that CI runs (minutes)"
	@echo "make test LESSON=slug   the same for one lesson (a minute)"
	@echo "make check   lint, types, import contract and quick tests (a minute or two)"
	@echo "make format  put the code in the project's format, and mend what ruff can mend"
	@echo "make bench   the shop against the best possible: docs/shop-speed.md (10 minutes)"
	@echo "make bench-tool  put the load generator to the test: docs/load-generator.md (40 minutes)"
	@echo "make setup   only the environment, in .venv; PYTHON=/path/to/python3 chooses the Python"
	@echo "make lock    pin the newest versions of all packages in requirements.lock"
	@echo "make clean   remove the environment and every cache; the notebooks stay as they are"

lab: setup
	@exec "$(VENV)/course" lab

test: setup
	@"$(VENV)/python" scripts/checks.py $(if $(LESSON),--lesson "$(LESSON)")

check: setup
	@"$(VENV)/python" scripts/checks.py --fast

format: setup
	@"$(VENV)/python" -m ruff check --fix-only .
	@"$(VENV)/python" -m ruff format .

bench: setup
	@"$(VENV)/python" -m benchmarks.shop

bench-tool: setup
	@"$(VENV)/python" -m benchmarks.tool

# The first Python that is new enough runs the set-up.
setup:
	@for python in $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11 python); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$python" scripts/setup.py $(if $(PYTHON),--this-python); \
	  fi; \
	done; \
	echo "$(if $(PYTHON),$(PYTHON) is not a,There is no) Python 3.11 or newer. If you have one elsewhere, name it: make PYTHON=/path/to/python3 lab" >&2; \
	exit 1

lock: setup
	@"$(VENV)/python" -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	  --group dev --generate-hashes --no-header --no-annotate --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

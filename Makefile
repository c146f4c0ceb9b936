# Two commands do everything: `make lab` opens the course, `make test` runs all its checks.
# Paths are relative, so the folder may be called anything.

SHELL = /bin/sh
VENV = .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

# The newest version comes first.
PYTHONS = python3.14 python3.13 python3.12 python3.11 python3 python
SUPPORTED = import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))

# They would change the Python that is looked for here, or what it does.
unexport PYTHONASYNCIODEBUG PYTHONCASEOK PYTHONDEVMODE PYTHONEXECUTABLE PYTHONHOME PYTHONINSPECT
unexport PYTHONOPTIMIZE PYTHONPLATLIBDIR PYTHONVERBOSE PYTHONWARNINGS

.PHONY: help lab test check format bench bench-tool setup dev lock clean

help:
	@echo "make lab     set up if needed, start the services, open your copy of the course in JupyterLab"
	@echo "make test    set up if needed, then run all that CI runs (minutes)"
	@echo "make test LESSON=slug   the same for one lesson (a minute)"
	@echo "make check   lint, types, import contract and quick tests (a minute or two)"
	@echo "make format  put the code in the project's format, and mend what ruff can mend"
	@echo "make bench   the shop against the best possible: docs/shop-speed.md (10 minutes)"
	@echo "make bench-tool  put the load generator to the test: docs/load-generator.md (40 minutes)"
	@echo "make setup   only the environment, in .venv; PYTHON=/path/to/python3 chooses the Python"
	@echo "make dev     the same, with what tests and checks need"
	@echo "make lock    pin the newest versions of all packages in requirements.lock"
	@echo "make clean   remove the environment and every cache; the notebooks stay as they are"

lab: setup
	@exec "$(VENV)/course" lab

test: dev
	@"$(VENV)/python" scripts/checks.py $(if $(LESSON),--lesson "$(LESSON)")

check: dev
	@"$(VENV)/python" scripts/checks.py --fast

format: dev
	@"$(VENV)/python" -m ruff check --fix-only .
	@"$(VENV)/python" -m ruff format .

bench: dev
	@"$(VENV)/python" -m benchmarks.shop

bench-tool: dev
	@"$(VENV)/python" -m benchmarks.tool

# Debian has Pythons that cannot create environments: they are used only if there is no other.
setup dev:
	@for needed in 'import ensurepip' pass; do \
	  for python in $(if $(PYTHON),"$(PYTHON)",$(PYTHONS)); do \
	    if "$$python" -I -c "$$needed; $(SUPPORTED)" 2>/dev/null; then \
	      exec "$$python" -I scripts/setup.py $(if $(filter dev,$@),--dev) $(if $(PYTHON),--this-python); \
	    fi; \
	  done; \
	done; \
	found="there is none on PATH"; \
	for python in $(if $(PYTHON),"$(PYTHON)",$(PYTHONS)); do \
	  version=$$("$$python" -I -c 'import platform; print(platform.python_version())' 2>/dev/null) && \
	    found="$$python is $$version" && break; \
	done; \
	echo "The course needs Python 3.11 to 3.14, and $$found. Install one of them," \
	  "or name one that you have: make PYTHON=/path/to/python3 lab" >&2; \
	exit 1

lock: dev
	@"$(VENV)/python" scripts/lock.py --upgrade

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

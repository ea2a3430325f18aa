# Everything that is done with this repository, by people and by CI. `make help` lists it.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What `make run` starts, perhaps as root: nothing in it but xenbond and what it runs on.
RUN := .venv-run
# Files of tests side by side: one more than there are processors, for some wait, and each process
# reads all tests first. In the lab two for each processor (a guest takes 1 GB).
PROCESSORS := $(shell nproc)
WITH_XDIST := --maxprocesses 8 --dist loadgroup --no-loadscope-reorder
PYTEST := $(BIN)/python -m pytest -n $(shell echo $$(($(PROCESSORS) + 1))) $(WITH_XDIST)
IN_LAB := $(BIN)/python -m pytest -n $(shell echo $$((2 * $(PROCESSORS)))) $(WITH_XDIST)
ARGS ?=
# In CI the first fault of a unit stops the run: all else takes longer and says less about it.
UNIT_STOPS := $(if $(filter true,$(CI)),--maxfail=1)
# Else each process of the tests, and each that they start, compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that is new enough; asked for only when the environment has to be made.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	echo $$python && break; done)

.PHONY: help
help: ## list what make can do here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: $(RUN)/.ready ## start xenbond: as root with two free NICs the wizard, else the demo
	@$(RUN)/bin/xenbond setup --or-demo

# ARGS may choose tests that only one of the three steps has: pytest's 5 is that there are none.
.PHONY: test
test: $(READY) ## the tests without a lab, then each stack's journey on a real kernel; 10 minutes
	@chosen=; \
	step() { \
		"$$@" && chosen=yes || { code=$$?; [ $$code$(if $(ARGS),,+) = 5 ] || exit $$code; }; \
	}; \
	step $(PYTEST) tests/unit -m "not thorough" $(UNIT_STOPS) --durations=10 $(ARGS); \
	step $(PYTEST) --ignore=tests/lab --ignore=tests/unit -m "not thorough" --durations=10 \
		$(ARGS); \
	if sh tests/lab/install-deps.sh; then \
		step env $(LAB) quick $(LAB_TESTS) $(ARGS); \
	elif [ "$$CI" = true ]; then \
		echo "make test: the lab can't run here, and in CI it may not be left out" >&2; exit 1; \
	else \
		echo "make test: the lab is left out, for the reason above" >&2; \
	fi; \
	[ -n "$$chosen" ] || { echo "make test: ARGS chooses no test" >&2; exit 5; }

.PHONY: unit
unit: $(READY) ## the tests that need no lab
	@$(PYTEST) --ignore=tests/lab $(ARGS)

# RELEASE=trixie KERNEL=7 (or one of them) has guests run that alone; see tests/lab/README.md.
LAB = XENBOND_LAB_RELEASE=$(RELEASE) XENBOND_LAB_KERNEL=$(KERNEL) PYTEST="$(IN_LAB)" \
	sh tests/lab/run.sh
LAB_TESTS := tests/lab --durations=30

# The emulated dom0 has a processor to itself: the others measure what a host loses.
.PHONY: lab
lab: $(READY) lab-deps ## what of the lab's other tests and of what is thorough has its turn, a seventh
	@$(LAB) rest tests --ignore=tests/lab/xen -m "lab or thorough" --durations=30 $(ARGS) \
		|| [ $$?$(if $(ARGS),,+) = 5 ]
	@$(LAB) rest tests/lab/xen -m lab $(ARGS) || [ $$?$(if $(ARGS),,+) = 5 ]

.PHONY: lab-whole
lab-whole: $(READY) lab-deps ## all of the lab, on each release and kernel in turn
	@$(LAB) whole $(LAB_TESTS) $(ARGS)

# On Debian 12's packages, whose Xen it is.
.PHONY: lab-xen
lab-xen: RELEASE := bookworm
lab-xen: $(READY) lab-deps ## a real Xen dom0 with guests, in QEMU: all its legs
	@$(LAB) whole tests/lab/xen -n0 $(ARGS)

.PHONY: lab-shell
lab-shell: $(READY) lab-deps ## the lab's guest by hand: this terminal becomes its console
	@XENBOND_LAB_RELEASE=$(RELEASE) XENBOND_LAB_KERNEL=$(KERNEL) \
		$(BIN)/python -m tests.lab.shell $(ARGS)

.PHONY: lab-deps
lab-deps: ## install what the lab needs (as root, with apt)
	@sh tests/lab/install-deps.sh

# ARCH=aarch64 builds that for 64-bit ARM, on x86_64, and has it tried by QEMU; not for the packages.
ARCH := x86_64
deb rpm: override ARCH := x86_64

.PHONY: one-file
one-file: $(READY) ## build dist/xenbond-VERSION-x86_64, which needs nothing of its host but Linux
	@sh tests/lab/install-deps.sh one-file-$(ARCH)
	@$(BIN)/python assets/one-file/build.py $(ARCH)

.PHONY: one-file-test
one-file-test: one-file ## build it, once more for the same bytes, and try it in an empty root
	@$(PYTEST) tests/unit/test_one_file.py tests/unit/test_one_file_aarch64.py -n0

.PHONY: deb
deb: one-file ## build dist/xenbond_VERSION-1_amd64.deb: the one file, units, man page, completions
	@$(BIN)/python assets/packages/build.py deb

.PHONY: rpm
rpm: one-file ## build dist/xenbond-VERSION-1.x86_64.rpm likewise
	@sh tests/lab/install-deps.sh rpm
	@$(BIN)/python assets/packages/build.py rpm

.PHONY: packages-test
packages-test: deb rpm ## build both, let lintian and rpmlint judge them, install the .rpm in a root
	@sh tests/lab/install-deps.sh packages
	@$(PYTEST) tests/unit/test_packages.py -n0

.PHONY: fuzz
fuzz: $(READY) ## readers and editors get text nobody expects, a minute; SECONDS=3600 for an hour
	@$(BIN)/python -m tests.fuzz $(or $(SECONDS),60)

# Those of FILES='xenbond_tui/options/*.py'; ARGS="120 tests/unit/test_options.py": so many, by these.
.PHONY: mutants
mutants: ## which mutants of FILES no test sees (as root, in a sandbox); see tests/mutants/README.md
	@sh tests/mutants/run.sh '$(FILES)' $(ARGS)

.PHONY: bench
bench: $(READY) ## one table of costs, ours against a floor or a peer; ARGS=--quick for a glance
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: screenshots
screenshots: $(READY) ## draw the README's screens anew from the demo
	@$(BIN)/python -m tests.screenshots

.PHONY: cast
cast: $(READY) ## draw the README's moving picture anew from the demo
	@$(BIN)/python -m tests.cast

.PHONY: docs
docs: $(READY) ## draw the tables of options, stacks and codes, and the howto page
	@$(BIN)/python -m tests.options_table
	@$(BIN)/python -m tests.codes_table
	@$(BIN)/python -m tests.howto_page

.PHONY: lint
lint: $(READY) ## style and traps (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(READY) ## types (mypy, strict)
	@$(BIN)/mypy

.PHONY: contracts
contracts: $(READY) ## which part may import which (import-linter)
	@$(BIN)/lint-imports

.PHONY: check
check: lint types contracts test ## all of it, as CI does

.PHONY: lock
lock: ## pin every dependency with its hashes in both requirements*.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile pyproject.toml -c requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header -o requirements-runtime.lock

.PHONY: clean
clean: ## remove the environment and everything that was built
	rm -rf $(VENV) $(RUN) build dist .lab .mutants .mutants.box .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache snapshot_report.html
	find xenbond_tui screens tests -name __pycache__ -prune -exec rm -rf {} +

# pip compiles what it installs; without that the first start takes four times as long.
$(READY): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "make: Python 3.11 or newer is needed" >&2; exit 1; fi
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check \
		--require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	@touch $@

# Of xenbond itself only its folder's name and its launcher: building it would take tools.
$(RUN)/.ready: requirements-runtime.lock assets/bin/xenbond
	@if [ -z "$(PYTHON)" ]; then echo "make: Python 3.11 or newer is needed" >&2; exit 1; fi
	@echo "making $(RUN) with $(PYTHON)"
	@$(PYTHON) -m venv --clear $(RUN)
	@$(RUN)/bin/python -m pip install -q --disable-pip-version-check \
		--require-hashes -r requirements-runtime.lock
	@echo "$(CURDIR)" >"$$($(RUN)/bin/python -I -c \
		'import sysconfig; print(sysconfig.get_path("purelib"))')/xenbond.pth"
	@cp assets/bin/xenbond $(RUN)/bin/xenbond
	@chmod 755 $(RUN)/bin/xenbond
	@touch $@

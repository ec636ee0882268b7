# The commands of this repository. A fresh machine needs Python 3.10 or later, and make:
#
#   make demo     train a digit classifier, and draw the program that trained it
#   make test     the same, then the whole test suite
#   make bench    measure graphgrad beside its peers, and write docs/benchmarks.md
#
# Everything is installed into .venv and nowhere else. Another Python:
# make test PYTHON=python3.12

PYTHON ?= python3
VENV = .venv
WITH =

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip
COPY = build/typed
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.NOTPARALLEL:
.PHONY: demo test coverage mutants faults oldest keras against-keras peers against-peers
.PHONY: nightly replays fuzz
.PHONY: backend bench measure lint format page-speed docs types build
.PHONY: reproducible pins freeze audit clean

demo: $(VENV)/with-dot
	$(BIN)/graphgrad demo

test: demo $(VENV)/with-test
	$(BIN)/pytest

# Kills, full disks, interrupts and the rest at many more moments than `make test` has.
faults: $(VENV)/with-dot $(VENV)/with-test
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest tests/faults

# 10,000 examples of every primitive for the law of primitives. Some of them:
# make nightly ONLY='exp or matmul'
nightly: $(VENV)/with-dot $(VENV)/with-test
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest tests/test_laws.py $(if $(ONLY),-k '$(ONLY)')

# Inputs of any bytes, guided by the code that they reach: MINUTES for each target, or
# make fuzz TARGETS=names MINUTES=60
MINUTES = 10
TARGETS = model weights idx description names
fuzz: $(VENV)/with-dot $(VENV)/with-fuzz
	for target in $(TARGETS); do \
		PYTHONPATH=tests/fuzz $(BIN)/python -m fuzzed $$target --minutes $(MINUTES) || exit 1; \
	done

coverage: $(VENV)/with-dot $(VENV)/with-test
	$(BIN)/pytest tests --cov --cov-fail-under=97

# Faults put into the sources of GROUP (rules, passes, losses, optimizers), to see whether
# tests notice: a sample of SAMPLE, drawn by SEED, or all, which takes days.
mutants: $(VENV)/with-dot $(VENV)/with-test $(VENV)/with-mutation
	PYTHONPATH=tests/mutation $(BIN)/python -m mutated $(GROUP) \
		$(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

# The same with the oldest release of each dependency that setup.cfg allows; the oldest
# NumPy knows Python 3.10 to 3.12. The oldest matplotlib warns with a newer pyparsing.
oldest:
	mkdir -p build
	sed -n 's/^    \([A-Za-z-]*\)>=\([0-9.]*\)$$/\1==\2/p' setup.cfg | sort -u > build/oldest.txt
	echo 'pyparsing<3.3' >> build/oldest.txt
	$(MAKE) test VENV=.venv-oldest WITH='--constraint build/oldest.txt'

# The same weights and data through Keras itself, which needs Python 3.11 or later.
keras:
	$(MAKE) against-keras VENV=.venv-keras

against-keras: $(VENV)/with-dot $(VENV)/with-test $(VENV)/with-keras
	HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-keras} $(BIN)/pytest tests/keras

# Values and gradients of every primitive beside PyTorch's and JAX', and what the checks
# of gradients of these and autograd find.
peers:
	$(MAKE) against-peers VENV=.venv-peers

against-peers: $(VENV)/with-dot $(VENV)/torch $(VENV)/with-test $(VENV)/with-peers
	$(BIN)/pytest tests/peers

# The tests of autograd, which its sdist has, run over graphgrad.
replays: $(VENV)/with-dot $(VENV)/with-test
	rm -rf build/replays
	$(PIP) download --quiet --no-deps --no-binary :all: --dest build/replays autograd==1.9.1
	tar -xzf build/replays/*.tar.gz -C build/replays
	$(BIN)/pytest tests/replays

# All contestants in one run of less than 25 minutes. Some of it, or more turns:
# make bench ONLY=tiny,digits ROUNDS=9 MNIST=folder
bench:
	$(MAKE) measure VENV=.venv-bench

measure: $(VENV)/torch $(VENV)/with-bench
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(MNIST),--mnist $(MNIST))

# What a compiled backend would gain, measured into docs/backends.md; needs a C compiler.
backend: $(VENV)/with-dot
	$(BIN)/python -m benchmarks.backend_prototype

# How fast an interactive page of 65, 1,000 and 5,000 nodes is, into docs/page.md; needs
# Chromium.
page-speed: $(VENV)/with-test
	$(BIN)/python -m benchmarks.page_speed

# The pages of docs/ as a site, in site/: needs Python 3.11 or later. A warning is an
# error, and so is a page that would fetch anything from elsewhere.
docs: $(VENV)/with-dot $(VENV)/with-docs
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --write-all \
		--doctree-dir build/doctrees docs site
	@echo site/index.html

lint: $(VENV)/with-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/with-lint
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Both checkers read a copy, laid out as users get it. Pyright passes over what it cannot
# find without a word: the number of files that it read must be the number that there are.
types: $(VENV)/with-dot $(VENV)/with-test $(VENV)/with-types
	rm -rf build
	$(PIP) install --quiet --no-deps --target $(COPY) .
	$(BIN)/mypy
	$(BIN)/mypy tests
	$(BIN)/mypy benchmarks
	$(BIN)/pyright --pythonpath $(BIN)/python --stats > build/pyright.txt \
		|| { cat build/pyright.txt; exit 1; }
	@grep -E '^(Found|[0-9]+ errors)' build/pyright.txt
	@files=$$(find graphgrad layers viz tests -name '*.py' | wc -l); \
	grep -q "^Found $$((files)) source files" build/pyright.txt \
		|| { echo "pyright should have read $$((files)) files" >&2; exit 1; }

# Files in the wheel have the time of the last commit, so that the same sources give the
# same bytes.
build: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct || echo 315532800)
build: $(VENV)/with-build
	rm -rf build dist
	$(BIN)/python -m build --quiet

# The wheel once more, from the checkout and not from the sdist: the same bytes.
reproducible: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct || echo 315532800)
reproducible: build
	$(BIN)/python -m build --quiet --wheel --outdir build/again
	cmp dist/*.whl build/again/*.whl

# What .ci/run installs, to the last digit: the newest releases of today that setup.cfg
# allows, and the setuptools that builds.
pins:
	rm -rf .venv-pins
	$(MAKE) freeze VENV=.venv-pins

freeze: $(VENV)/made
	$(PIP) install --quiet --upgrade pip
	$(PIP) install --quiet --upgrade '.[dot,test,lint,types,build,docs]' setuptools
	{ echo '# Written by `make pins`.'; \
		$(PIP) freeze --all --exclude graphgrad --exclude pip; } > .ci/constraints.txt

# Known vulnerabilities of what is pinned. It asks PyPI; a package that it cannot ask
# about is an error too.
audit: $(VENV)/with-audit
	$(BIN)/pip-audit --strict --disable-pip --no-deps --requirement .ci/constraints.txt

clean:
	rm -rf .venv .venv-oldest .venv-keras .venv-bench .venv-peers .venv-pins build dist *.egg-info .coverage htmlcov graphgrad-demo
	rm -rf docs/api docs/project site
	rm -rf .hypothesis .mutation .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# ---- the virtual environment ---

# An editable install with one of the extras of setup.cfg; made again when that changes.
$(VENV)/with-%: $(VENV)/made setup.cfg pyproject.toml
	$(PIP) install --quiet --editable '.[$*]' $(WITH)
	@touch $@

# Torch by itself, before the others: where an index offers it for several kinds of
# machines, the one for CPUs is a question of where pip looks (PIP_EXTRA_INDEX_URL).
$(VENV)/torch: $(VENV)/made setup.cfg
	$(PIP) install --quiet $$(grep -m1 -o 'torch==[0-9.]*' setup.cfg)
	@touch $@

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo 'graphgrad needs Python 3.10 or later, as $(PYTHON).' \
		'Name another: make demo PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
		echo '$(PYTHON) cannot make virtual environments: its venv or ensurepip is' \
		'missing. On Debian and Ubuntu the package python3-venv has them; or name' \
		'another Python: make demo PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

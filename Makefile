# make demo        install what is missing, build, run the main job
# make test        C++ and Python tests
# make validation  published measurements against the model, report in out/validation
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help system demo test test-cpp test-python test-sanitize bench validation studies notebooks format lint clean

VENV    := .venv
PYTHON  := $(VENV)/bin/python
JOBS    ?= 2
# A table of values per cycle for the study of cycle effects: make studies DATA=path
DATA    ?=
# Other simulators to compare with; bench,bench-more adds AMICI (compiles for minutes) and diffrax (a gigabyte).
PEERS   ?= bench
SYSTEM  := g++ make libboost-dev libeigen3-dev libceres-dev libyaml-cpp-dev doctest-dev python3-dev python3-venv
BENCH   := libsundials-dev libsuitesparse-dev
SOURCES := CMakeLists.txt pyproject.toml $(shell find src python models -type f -not -name '*.pyc' 2>/dev/null)

help:
	@sed -n 's/^# //p' Makefile
	@echo "also: test-sanitize, bench, studies, notebooks, lint, format, clean"

# Debian packages: installed when we may, else the command is printed.
define need
	@missing=""; for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q "ok installed" || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then run=""; elif sudo -n true 2>/dev/null; then run="sudo"; else \
	    echo "Missing system packages; run:  sudo apt-get install -y$$missing"; exit 1; fi; \
	  echo "installing$$missing"; $$run apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq$$missing > /dev/null || \
	    { echo "apt-get failed; run:  sudo apt-get install -y$$missing"; exit 1; }; \
	fi
endef

$(VENV)/.system: Makefile
	$(call need,$(SYSTEM))
	@mkdir -p $(VENV) && touch $@

$(VENV)/.tools: $(VENV)/.system
	@test -x $(PYTHON) || python3 -m venv $(VENV)
	$(PYTHON) -m pip install -q --disable-pip-version-check --upgrade pip scikit-build-core "pybind11>=3.0" cmake ninja
	@touch $@

# One build tree for the extension, kept between runs; the package is installed into the environment.
$(VENV)/.package: $(VENV)/.tools $(SOURCES)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" CMAKE_BUILD_PARALLEL_LEVEL=$(JOBS) $(PYTHON) -m pip install -q --disable-pip-version-check --no-build-isolation -C build-dir=build/python .
	@touch $@

$(VENV)/.dev: $(VENV)/.package
	$(PYTHON) -m pip install -q --disable-pip-version-check --no-build-isolation -C build-dir=build/python ".[dev,notebooks]"
	@touch $@

demo: $(VENV)/.package
	$(VENV)/bin/lutetia simulate models/cases/netter1_reference.yaml --out out/netter1_reference
	@echo
	$(VENV)/bin/lutetia simulate models/cases/netter1_k16_cohort.yaml --out out/netter1_k16_cohort

test: test-cpp test-python

test-cpp: $(VENV)/.tools
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cmake -S . -B build/tests -G Ninja -DLUTETIA_TESTS=ON -DCMAKE_BUILD_TYPE=Release > /dev/null
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cmake --build build/tests -j $(JOBS)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ctest --test-dir build/tests --output-on-failure

test-python: $(VENV)/.dev lint
	$(PYTHON) -m pytest

test-sanitize: $(VENV)/.tools
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cmake -S . -B build/sanitize -G Ninja -DLUTETIA_TESTS=ON -DLUTETIA_SANITIZE=ON -DCMAKE_BUILD_TYPE=None > /dev/null
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cmake --build build/sanitize -j $(JOBS)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" ctest --test-dir build/sanitize --output-on-failure

$(VENV)/.peers-$(PEERS): $(VENV)/.package
	$(PYTHON) -m pip install -q --disable-pip-version-check --no-build-isolation -C build-dir=build/python ".[$(PEERS)]"
	@touch $@

bench: $(VENV)/.peers-$(PEERS)
	$(call need,$(BENCH))
	@mkdir -p out
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cmake -S . -B build/bench -G Ninja -DLUTETIA_BENCH=ON -DCMAKE_BUILD_TYPE=Release > /dev/null
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cmake --build build/bench -j $(JOBS)
	status=0; build/bench/tests/bench/bench out/bench.json || status=1; \
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 XLA_FLAGS=--xla_cpu_multi_thread_eigen=false PYTHONPATH=tests $(PYTHON) -m bench.peers --results out/bench.json 2> out/peers.log || status=1; \
	exit $$status

validation: $(VENV)/.dev
	PYTHONPATH=tests $(PYTHON) -m validation --out out/validation

studies: $(VENV)/.dev
	@mkdir -p out/studies
	status=0; $(PYTHON) tests/studies/million.py || status=1; \
	for study in recovery cycle_effect_fits regimens; do PYTHONPATH=tests $(PYTHON) -m studies.$$study --out out/studies || status=1; done; \
	MPLBACKEND=agg $(PYTHON) tests/studies/cycle_effect.py $(DATA) || status=1; exit $$status

notebooks: $(VENV)/.dev
	$(PYTHON) -m pytest tests/python/test_notebooks.py

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check python tests
	$(VENV)/bin/ruff format --check python tests
	$(VENV)/bin/mypy

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix python tests
	$(VENV)/bin/ruff format python tests
	clang-format -i $$(git ls-files 'src/*.hpp' 'src/*.cpp' 'tests/*.cpp' 'tests/*.hpp' 'python/*.cpp' 'python/*.hpp')

clean:
	rm -rf build out .venv

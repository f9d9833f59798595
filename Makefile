# Two commands: `make demo` and `make test`. Both make the same environment in .venv; a second call installs nothing.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# One thread unless a job asks for more: libraries that start as many as there are cores only get in each other's way.
export OMP_NUM_THREADS ?= 1

REPORTS := results/demo/report.zip results/demo/report.html

# Programs that some tests drive, and their packages of Debian: as root, and where there is apt-get, they are installed.
# Where that cannot be, these tests are skipped.
define with_program
	@if ! command -v $(1) > /dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(2); } \
		|| echo "$(1) could not be installed: tests that need it are skipped"; fi
endef

.PHONY: demo test test-slurm bench lint

# A report that fails is made once more, to say why: all its other talk is left out.
demo: $(INSTALLED)
	snakemake --cores all
	@for report in $(REPORTS); do \
		snakemake --quiet all --report $$report 2> /dev/null || snakemake --report $$report || exit 1; done
	@echo 'Report, to be opened in a browser: $(REPORTS)'

test: lint
	$(call with_program,chromedriver,chromium chromium-driver)
	python -m pytest

# A cluster takes root and two packages of Debian.
test-slurm: $(INSTALLED)
	$(call with_program,slurmctld,slurm-wlm munge)
	python -m pytest -rs tests/workflow/test_slurm.py

# Ours beside what one would write instead, stage by stage, in a quarter of an hour: tables here, JSON in results.
bench: $(INSTALLED)
	python tests/benchmarks/bench_stages.py --json results/benchmarks/stages.json
	python tests/benchmarks/bench_training.py --batch 16 --json results/benchmarks/training.json
	python tests/benchmarks/bench_lrp.py --threads 1 --batch 16 --repeats 5 --json results/benchmarks/lrp.json
	python tests/benchmarks/bench_workflow.py --json results/benchmarks/workflow.json

lint: $(INSTALLED)
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	snakemake --lint

$(INSTALLED): requirements.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; name one: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --disable-pip-version-check --require-hashes --quiet --requirement requirements.txt
	touch $@

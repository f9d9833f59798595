# Two commands: `make demo` and `make test`. Both make the same environment in .venv; a second call installs nothing.

PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# One thread unless a job asks for more: libraries that start as many as there are cores only get in each other's way.
export OMP_NUM_THREADS ?= 1

REPORTS := results/demo/report.zip results/demo/report.html

.PHONY: demo test test-slurm packages bench lint

# A report that fails is made once more, to say why: all its other talk is left out.
demo: $(INSTALLED)
	snakemake --cores all
	@for report in $(REPORTS); do \
		snakemake --quiet all --report $$report 2> /dev/null || snakemake --report $$report || exit 1; done
	@echo 'Report, to be opened in a browser: $(REPORTS)'

test: lint
	python -m pytest

test-slurm: $(INSTALLED)
	python -m pytest -rs tests/workflow/test_slurm.py

# A browser and a cluster of Debian's, for root to install: without them, the tests that drive them are skipped.
packages:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
		chromium chromium-driver slurm-wlm munge

# Ours beside what one would write instead, stage by stage, in half an hour: tables here, JSON in results.
bench: $(INSTALLED)
	python tests/benchmarks/bench_stages.py --json results/benchmarks/stages.json
	python tests/benchmarks/bench_training.py --batch 16 --json results/benchmarks/training.json
	python tests/benchmarks/bench_lrp.py --threads 1 --batch 16 --repeats 5 --json results/benchmarks/lrp.json
	python tests/benchmarks/bench_growth.py --json results/benchmarks/growth.json
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

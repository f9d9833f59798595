# The main commands are `make demo` and `make test`. Both use the same environment in .venv, which is installed once.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
INSTALLED := $(VENV)/installed
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# One thread unless a job asks for more: with one thread per core in every job, jobs slow each other down.
export OMP_NUM_THREADS ?= 1

.PHONY: demo report test test-slurm packages bench docs lint schema envs

EXPERIMENT ?= demo

# It ends with the path of the article, results/demo/article.html.
demo: $(INSTALLED)
	@snakemake --cores all

# Write Snakemake's own report of a finished experiment: make report EXPERIMENT=omi
report: $(INSTALLED)
	snakemake --config experiment=$(EXPERIMENT) --report results/$(EXPERIMENT)/report.html

test: lint
	python -m pytest

test-slurm: $(INSTALLED)
	python -m pytest -rs tests/workflow/test_slurm.py

# Install a browser and SLURM from Debian, as root. Without them, the tests that need them are skipped.
packages:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
		chromium chromium-driver slurm-wlm munge

# Benchmark every stage against the straightforward alternative, in half an hour: tables here, JSON in results.
bench: $(INSTALLED)
	python tests/benchmarks/bench_stages.py --json results/benchmarks/stages.json
	python tests/benchmarks/bench_training.py --batch 16 --json results/benchmarks/training.json
	python tests/benchmarks/bench_lrp.py --threads 1 --batch 16 --repeats 5 --json results/benchmarks/lrp.json
	python tests/benchmarks/bench_detection.py --json results/benchmarks/detection.json
	python tests/benchmarks/bench_growth.py --json results/benchmarks/growth.json
	python tests/benchmarks/bench_workflow.py --json results/benchmarks/workflow.json

# Write the complete schema of the configuration, which editors read: rules/schemas/config.schema.json.
schema: $(INSTALLED)
	PYTHONPATH=workflow_scripts python -m facelrp_workflow.choices

# The documentation as a site: site/index.html.
docs: $(INSTALLED)
	python -m sphinx --quiet --fail-on-warning -c docs/site . site
	cp site/README.html site/index.html

# Pin what the environments of rules install to the versions of the lock: envs/*.yaml.
envs: $(INSTALLED)
	python envs/pin.py

lint: $(INSTALLED)
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile rules
	snakemake --lint

$(INSTALLED): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; name one: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the locked requirements into $(VENV): 3.3 GB to download, 6.3 GB on disk. Once; some minutes."
	@set -o pipefail; $(VENV)/bin/pip install --disable-pip-version-check --no-color --progress-bar off --require-hashes \
		--requirement requirements.txt | sed -nuE 's/^ *(Downloading .*\([0-9]{2,}\.[0-9] MB\)|ERROR.*)$$/\1/p'
	# The program facelrp, from this folder; with setuptools of the lock, so nothing else is downloaded.
	$(VENV)/bin/pip install --disable-pip-version-check --no-deps --no-build-isolation --no-index --quiet --editable .
	touch $@

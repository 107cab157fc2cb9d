# The project's commands; `make` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

SERVICES := sites-service templates-service plugins-service async-processor
PACKAGES := shared $(SERVICES) scripts/local scripts/cli scripts/operations scripts/packaging

VENV := .venv
PYTHON_OF_VENV := $(CURDIR)/$(VENV)/bin/python
INSTALLED := $(VENV)/.installed
# When one of these changes, the next command installs again; otherwise nothing is installed.
REQUIREMENTS := constraints.txt requirements-dev.txt shared/pyproject.toml scripts/local/pyproject.toml \
	scripts/cli/pyproject.toml scripts/operations/requirements.txt \
	$(SERVICES:%=%/requirements.txt) $(SERVICES:%=%/requirements-dev.txt)

PORT ?= 8080
WORDPRESS ?= simulator
PROVISION ?= quick
EXAMPLES ?= 60
SEED ?= $(shell echo $$RANDOM)

.PHONY: help venv run test test-wordpress contract test-terraform smoke build lint types format lock bench clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(INSTALLED) ## Create .venv and install everything, or bring it up to date

$(INSTALLED): $(REQUIREMENTS)
	@if ! $(PYTHON_OF_VENV) -c 'import sys, pip; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null; then
		python=$$(scripts/packaging/find_python.sh --for-venv)
		echo "Creating $(VENV) with $$python"
		"$$python" -m venv --clear $(VENV)
	fi
	echo "Installing the pinned dependencies into $(VENV) (about a minute the first time)"
	# pip resolves the relative -e of a requirements file against the current folder: a service's.
	cd $(firstword $(SERVICES))
	$(PYTHON_OF_VENV) -m pip install --quiet --quiet --no-input \
		$(SERVICES:%=-r ../%/requirements.txt) $(SERVICES:%=-r ../%/requirements-dev.txt) -e ../scripts/cli -r ../scripts/operations/requirements.txt
	touch $(CURDIR)/$@

run: $(INSTALLED) ## Start the whole system on this machine (PORT=8080 WORDPRESS=simulator PROVISION=quick), until Ctrl-C
	@WORDPRESS='$(WORDPRESS)' PROVISION='$(PROVISION)' exec $(PYTHON_OF_VENV) -m bbws_local --port '$(PORT)'

smoke: ## Run the smoke test of the runbook against the running `make run`
	@scripts/smoke/local.sh

test: $(INSTALLED) ## Every gate of every package, the packages' own tests, and the end-to-end tests
	@scripts/test_all.sh $(PACKAGES)

contract: $(INSTALLED) ## At least 5,000 generated requests against the OpenAPI document (EXAMPLES=60 SEED=1)
	@export PATH='$(CURDIR)/$(VENV)/bin':"$$PATH"
	export BBWS_CONTRACT_EXAMPLES='$(EXAMPLES)' BBWS_CONTRACT_SEED='$(SEED)' BBWS_CONTRACT_REQUESTS=5000
	pytest tests/contract -v -p no:cacheprovider

test-wordpress: $(INSTALLED) ## The WordPress client and every workflow against real WordPress, from Debian's packages
	@export PATH='$(CURDIR)/$(VENV)/bin':"$$PATH"
	pytest tests/wordpress -v -p no:cacheprovider

test-terraform: $(INSTALLED) ## Apply foundation and stack to an emulated account, and look at what came out
	@PATH='$(CURDIR)/$(VENV)/bin':"$$PATH" pytest tests/terraform -v -p no:cacheprovider

lint: $(INSTALLED) ## black, ruff and mypy on everything, changing nothing
	@status=0
	for folder in $(PACKAGES) tests benchmarks scripts terraform/rollback; do scripts/gates.sh "$$folder" black ruff mypy || status=1; done
	exit $$status

types: $(INSTALLED) ## mypy on every package
	@status=0
	for folder in $(PACKAGES); do scripts/gates.sh "$$folder" mypy || status=1; done
	exit $$status

format: $(INSTALLED) ## Format, and repair what ruff can repair
	@$(PYTHON_OF_VENV) -m ruff check --fix --quiet $(PACKAGES) tests benchmarks terraform/rollback scripts/*.py || true
	$(PYTHON_OF_VENV) -m black --quiet $(PACKAGES) tests benchmarks terraform/rollback scripts/*.py

build: ## Build every <service>/dist/lambda.zip (ARCH=arm64|x86_64|native)
	@scripts/build_all.sh

lock: $(INSTALLED) ## Write constraints.txt anew; UPGRADE="boto3 botocore" or UPGRADE=all moves versions
	@PYTHONPATH=scripts/packaging/src $(PYTHON_OF_VENV) -m bbws_packaging.lock --upgrade $(UPGRADE)

bench: $(INSTALLED) ## Measure cold starts and handlers (benchmarks/README.md has figures)
	@for benchmark in cold_start handlers feed; do
		PYTHONPATH=$$(printf '%s:' $(PACKAGES:%=%/src)) $(PYTHON_OF_VENV) benchmarks/$$benchmark.py
	done

clean: ## Remove what was built and cached, and .venv
	@rm -rf $(VENV) .build .local $(SERVICES:%=%/dist)
	find . -name .git -prune -o -type d \
		\( -name __pycache__ -o -name .pytest_cache -o -name .mypy_cache -o -name .ruff_cache -o -name .hypothesis \) \
		-prune -exec rm -rf {} +
	find . -name .coverage -type f -delete

.ONESHELL:

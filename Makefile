# The verbs. `make` alone lists them. Everything is installed inside this folder: .venv, node_modules, build, .millrace.

.DEFAULT_GOAL := help
.PHONY: help demo test check synth docs bench bench-full mutate deploy destroy need-stage layers lock clean setup setup-demo setup-dev node browser
.SUFFIXES:
# Two pips must not install into one virtual environment: `make -j` does one thing after another too.
.NOTPARALLEL:

VENV := .venv
PY := $(VENV)/bin/python
CDK := node_modules/.bin/cdk
STAGES := local dev
SYNTH := build/synth
# Ours first: `python app.py`, which the CDK command line starts, and its `node` are the virtual environment's.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Where the library that LightGBM needs is linked when the system lacks it (millrace/local/openmp.py).
export LD_LIBRARY_PATH := $(CURDIR)/$(VENV)/lib/millrace$(if $(LD_LIBRARY_PATH),:$(LD_LIBRARY_PATH))

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 - \2/p' $(MAKEFILE_LIST)

demo: setup-demo node ## from a file to predictions over HTTPS and a champion retrained on drift, on this machine
	@$(VENV)/bin/millrace demo

test: setup-dev node browser layers ## every test, of two files at a time; ARGS="-k words" for some, ARGS="-n 0" one by one
	@$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

check: setup-dev ## format, lint, types, the law of direction, templates, the Dockerfile
	@ruff format --check --quiet . || { echo "run: $(VENV)/bin/ruff format ."; exit 1; }
	@ruff check --quiet .
	@mypy --no-error-summary .
	@lint-imports
	@$(MAKE) --no-print-directory synth
	@cfn-lint --non-zero-exit-code warning $(SYNTH)/*/*.template.json
	@hadolint functions/*/Dockerfile

synth: setup-dev node ## CloudFormation of the stages local and dev, in build/synth
	@for stage in $(STAGES); do \
	    $(PY) layers/build.py --stage $$stage && \
	    env -u AWS_PROFILE -u AWS_ACCESS_KEY_ID AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null \
	        AWS_EC2_METADATA_DISABLED=true CDK_DISABLE_CLI_TELEMETRY=true CDK_DISABLE_VERSION_CHECK=1 \
	        $(CDK) synth --quiet --no-notices --ci -c stage=$$stage --output $(SYNTH)/$$stage >build/synth.log \
	    && echo "$$stage: $(SYNTH)/$$stage" || { cat build/synth.log; exit 1; }; \
	done

layers: setup-demo ## third-party layers, for this machine, or for STAGE of cdk.json
	@$(PY) layers/build.py $(if $(STAGE),--stage $(STAGE),--host)

docs: setup-demo ## write the documents that are made from code
	@$(PY) -m docs.generate

bench: setup-dev node layers ## the figures of the README
	@$(PY) -m benchmarks $(ARGS)

bench-full: setup-dev ## the AutoML comparison in hours, going on where it was stopped; ARGS="--datasets adult --seconds 60" for a part
	@$(PY) -m benchmarks.automl $(ARGS)

mutate: setup-dev ## small faults in domain and usecases, and which of them no test notices; ARGS="--minutes 5 millrace.domain.gate*"
	@$(PY) -m benchmarks.mutation $(ARGS)

deploy: need-stage setup-demo node ## onto AWS with your credentials: STAGE=dev
	@$(PY) layers/build.py --stage $(STAGE)
	@$(CDK) bootstrap -c stage=$(STAGE)
	@$(CDK) deploy --all -c stage=$(STAGE) $(ARGS)

destroy: need-stage setup-demo node ## take a stage's stacks away from AWS: STAGE=dev
	@$(CDK) destroy --all -c stage=$(STAGE) $(ARGS)

need-stage:
	@test -n "$(STAGE)" || { echo "say which stage of cdk.json: STAGE=dev" >&2; exit 2; }
	@test "$(STAGE)" != local || { echo "local is the embedded cloud's: millrace up, millrace down --wipe" >&2; exit 2; }

setup: setup-dev node browser ## what test and check need

# Compiled for every platform and Python from 3.11; UPGRADE=--upgrade takes the newest releases.
COMPILE = uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-annotate --no-header $(UPGRADE)
lock: setup-dev ## compile every requirements file from pyproject.toml
	@$(COMPILE) --group runtime --group inference --group learning --group infra --group local --group dev \
	    pyproject.toml -o requirements/dev.txt
	@$(COMPILE) -c requirements/dev.txt --group runtime --group inference --group learning --group infra --group local \
	    pyproject.toml -o requirements/demo.txt
	@$(COMPILE) -c requirements/dev.txt --group runtime pyproject.toml -o layers/base/requirements.txt
	@$(COMPILE) -c requirements/dev.txt --group inference pyproject.toml -o layers/inference/requirements.txt
	@$(COMPILE) -c requirements/dev.txt --group runtime --group learning --group image pyproject.toml -o functions/train/requirements.txt
	@$(COMPILE) --group peers pyproject.toml -o requirements/peers.txt
	@$(COMPILE) --group automl-peers pyproject.toml -o requirements/automl-peers.txt

clean: ## remove what was built and cached; not .venv, nor the embedded cloud's state
	@rm -rf build cdk.out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find functions layers stacks tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Candidates are tried, not looked up: a version manager's shim can be there and not work.
$(PY):
	@for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "Millrace needs Python 3.11 or newer, and found none on the PATH. Install it, then run make again." >&2; exit 1; \
	fi; \
	echo "making a virtual environment with $$found"; \
	$$found -m venv --clear $(VENV) || { \
	    rm -rf $(VENV); \
	    echo "$$found could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# $(call install,NAME) installs requirements/NAME.txt and this project, if they differ from what .venv/.NAME says was installed.
# What dev installs includes all of demo, at the same versions.
define install
	@now=$$(cat requirements/$(1).txt pyproject.toml | cksum); \
	if [ "$$now" != "$$(cat $(VENV)/.$(1) 2>/dev/null)" ]; then \
	    echo "installing requirements/$(1).txt (minutes, the first time)"; \
	    $(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null; \
	    $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary=:all: \
	        -r requirements/$(1).txt \
	    && $(PY) -m pip install --quiet --disable-pip-version-check --no-input --no-build-isolation --no-deps -e . \
	    && $(PY) -m millrace.local.openmp \
	    && echo "$$now" >$(VENV)/.$(1) || { \
	        echo "The installation failed, see above. Is the package index reachable? make tries again next time." >&2; exit 1; }; \
	fi
endef

setup-demo: $(PY)
	$(call install,demo)

setup-dev: $(PY)
	$(call install,dev)
	@cat requirements/demo.txt pyproject.toml | cksum >$(VENV)/.demo

node: setup-demo
	@$(PY) -m millrace.local.node

# For the tests that look at a report; a machine with a Chromium of its own needs none.
browser: setup-dev
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	    if command -v $$name >/dev/null; then exit 0; fi; \
	done; $(PY) -m millrace.local.node tests/browser

# On a bare Debian or Ubuntu machine with python3 and make:  make run   or   make test
SHELL := /bin/bash
PORT ?= 5005
export PORT
# A uv of our own in .tools, where the machine has none.
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
PYTHON := .venv/bin/python
export UV_PYTHON_PREFERENCE ?= system

.PHONY: help run test check train encoder safety evaluate feet browser screenshots audit bench soak setup clean
help: ## say what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/.ready ## install what is missing

.venv/.ready: pyproject.toml uv.lock .python-version
	@test -x "$(UV)" || command -v uv >/dev/null || bash deploy/get_uv.sh .tools
	$(UV) sync --frozen
	@touch $@

run: setup ## serve the assistant on PORT (5005)
	@$(PYTHON) -m bot run

train: setup ## train the model, unless it is there
	@$(PYTHON) -m bot train

test: setup browser ## all tests
	@$(PYTHON) -m bot train
	@$(PYTHON) -m pytest

check: setup ## linters, types and the layers of the design
	@echo "ruff ..." && .venv/bin/ruff check . && .venv/bin/ruff format --check .
	@echo "mypy ..." && .venv/bin/mypy
	@echo "import-linter ..." && .venv/bin/lint-imports
	@$(PYTHON) -m bot knowledge check

safety: setup ## the table of red flags on the evaluation set
	@$(PYTHON) -m tests.safety.measure --compare --keep

evaluate: setup ## understanding on the evaluation sets
	@$(PYTHON) -m tests.understanding.measure --keep

encoder: ## fine-tune the encoder on our data, about an hour
	@test -x "$(UV)" || command -v uv >/dev/null || bash deploy/get_uv.sh .tools
	$(UV) sync --frozen --group training
	$(PYTHON) -m bot.nlp.finetune

feet: setup ## draw the pictures of the feet for Slack and Telegram anew
	@$(PYTHON) -m bot feet

browser: setup ## install what the tests of the widget need
	@bash deploy/get_browser.sh "$(UV)"

screenshots: browser ## take the pictures of the widget in docs/ anew
	@$(PYTHON) -m tests.widget.screenshots

audit: setup ## ask the public advisory service about every package we serve with
	@$(PYTHON) -m tests.deploy.audit "$(UV)"

bench: setup ## speed, memory and size beside stock Rasa; half an hour, most of it stock's training
	$(UV) sync --frozen --inexact --group stock
	@$(PYTHON) -m tests.benchmarks.bench

soak: setup ## ten minutes at 32 conversations at once
	@$(PYTHON) -m tests.benchmarks.soak

clean: ## remove what was made
	rm -rf tests/widget/node_modules .venv .tools models var .rasa

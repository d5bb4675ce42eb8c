# Each target is the only command a fresh clone needs: it makes .venv and installs by itself.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: browser fleet bench bench-keep bench-queries bench-grow bench-assess bench-web demo test lint wheel clean kills damage soak eval suggest-eval mutations fuzz

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing stilltrue and its tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[archives,browser,cluster]' --group dev
	@touch $@

demo: $(STAMP)
	@$(BIN)/stilltrue demo

test: $(STAMP)
	@$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(STAMP)
	$(BIN)/python -m pip wheel --quiet --no-deps --constraint constraints.txt --wheel-dir dist .

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache

# The command reference, generated from the program's own help.
docs/cli.md: $(STAMP) $(wildcard monitor/cli/*.py)
	@$(BIN)/typer monitor.cli.program utils docs --name stilltrue --output $@

# The long form of the test that kills a delivering process at any step, some minutes; `make test` runs the short one.
kills: $(STAMP)
	@$(BIN)/python -m pytest -m slow tests/test_kills.py

# Thousands of random hurts to a database, each of which doctor must find; `make test` runs a few dozen.
damage: $(STAMP)
	@$(BIN)/python -m pytest -m slow tests/test_damage.py

# 300 sources over thirty simulated days with seeded faults, some ten minutes of one core; `make test` runs a short one.
soak: $(STAMP)
	@$(BIN)/python -m pytest -m slow tests/test_soak.py

# Every amount, code, date, modal verb, word, row and sentence of the real copies edited, in each disguise; `make test` samples them.
mutations: $(STAMP)
	@$(BIN)/python -m pytest -m slow tests/test_mutations.py tests/test_mutations_parts.py

# Made-up pages of odd markup edited 30,000 times: none is taken for known of which something else is read; some minutes.
fuzz: $(STAMP)
	@$(BIN)/python -m pytest -m slow tests/test_imprint.py

# The benchmark: precision and recall by kind; fails below the figure reached (evaluation/figures.toml).
eval: $(STAMP)
	@$(BIN)/python -m evaluation

# How well `guide suggest` does on the labelled guides of tests/data/guides: claims found, useless drafts.
suggest-eval: $(STAMP)
	@$(BIN)/python tests/suggest_eval.py

# A fleet of worker processes on a real PostgreSQL, killed and restarted meanwhile; SOURCES=2000 makes it shorter.
SOURCES ?= 20000
fleet: $(STAMP)
	@$(BIN)/python tests/fleet.py --sources $(SOURCES)

# Passes over 500 pages beside urlwatch and webchanges, each in an environment of its own, on one loopback server.
bench: $(STAMP)
	@for program in urlwatch webchanges; do test -x .bench/$$program/bin/$$program \
	  || { $(PYTHON) -m venv .bench/$$program && .bench/$$program/bin/pip install --quiet $$program; }; done
	@$(BIN)/python -m bench.compare

# What 128 versions of a feed of 600 KB take, beside `git gc --aggressive`, and how long each takes to be read back.
bench-keep: $(STAMP)
	@$(BIN)/python -m bench.keep

# What a cycle and the questions cost from 100 to 10,000 sources and from 10 to 100,000 versions, and its plot.
bench-grow: $(STAMP)
	@$(BIN)/python -m bench.grow --plot docs/growth.svg

# What questions take on a million events, ten million checks and 100,000 versions, beside an empty database.
bench-queries: $(STAMP)
	@$(BIN)/python -m bench.queries

# What one event costs among 100,000 assumptions of 1,000 generated guides: under 50 ms of processor time, or it fails.
bench-assess: $(STAMP)
	@$(BIN)/python -m bench.assess

# What each page takes and weighs on a million events: under 100 ms of processor time and 100 KB sent, or it fails.
bench-web: $(STAMP)
	@$(BIN)/python -m bench.web

# Pages shown by a real Chromium through the gate, some minutes; `make test` shows four of them.
browser: $(STAMP)
	@$(BIN)/python -m pytest -m "slow or not slow" tests/test_fetch_browser.py

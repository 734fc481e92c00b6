# Everything sets itself up: a fresh Debian or Ubuntu machine needs only Python and make.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

# Weights of the published nets cannot be fetched everywhere; stand-ins cost the same time.
WEIGHTS := out/standins
PAIR := $(WEIGHTS)/deeplab.pth $(WEIGHTS)/spade.pth
MINUTES ?= 30
PHOTOS := ../shared/data/scenes

.PHONY: demo serve test check quick lint lock bench soak bench-gpu gpu-day clean help
.DEFAULT_GOAL := help

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.run ## Carry a drawn duel through both nets, into out/demo.mp4 and out/demo.png
	@mkdir -p out
	$(BIN)/neteyes run 'scene://duel?seconds=6' out/demo.mp4 out/demo.png \
		--view triptych --no-pace --overwrite --report out/demo.json
	@cat out/demo.json
	@echo "Look at out/demo.mp4 and out/demo.png"

serve: .venv/.serve ## Serve the mirror as a page on http://127.0.0.1:8710, with INPUT= one input for all
	$(BIN)/neteyes serve $(if $(INPUT),'$(INPUT)')

# Two torches share the cores: a thread that waits by spinning would keep the other's from working.
test quick: export OMP_WAIT_POLICY = passive

# What only wants the processor shares it; what lives in real time has it to itself.
test: .venv/.dev ## Run the tests
	$(BIN)/pytest -n 2 --dist worksteal -m "not alone"
	$(BIN)/pytest -m alone

check: .venv/.dev ## Check style and types, and run the tests of what is quick: less than a minute
	$(MAKE) --jobs=2 --output-sync=target lint quick

# Left out: what exports or runs nets, whole commands, and clips of flashes.
LONG := benchmarks export neteyes reliability engines/gpu stream/flashes stream/nets
quick: .venv/.dev
	$(BIN)/pytest -n 2 --dist worksteal -m "not alone and not slow" $(LONG:%=--ignore=tests/%)

lint: .venv/.dev ## Check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/.dev ## Renew constraints.txt: the newest versions within pyproject.toml's ranges
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --upgrade --quiet pyproject.toml -o constraints.txt

bench: .venv/.dev $(if $(wildcard $(PHOTOS)),$(PAIR)) ## Measure the small pair, the loop, and nets of the published size, into out/bench/
	@mkdir -p out/bench
	$(BIN)/neteyes bench --out out/bench
ifneq ($(wildcard $(PHOTOS)),)
	$(BIN)/neteyes bench pair --segmenter $(WEIGHTS)/deeplab.pth --synthesizer $(WEIGHTS)/spade.pth \
		--photos $(PHOTOS) --out out/bench
else
	@echo "There are no photos in $(PHOTOS), so nets of the published size were left out: neteyes bench pair --help"
endif

$(WEIGHTS)/%.pth: | .venv/.dev
	@mkdir -p $(WEIGHTS)
	$(BIN)/python -m tests.fixtures.standins $* $@

soak: .venv/.dev ## Let a troubled camera run for MINUTES (30), and see whether memory and delay grow
	@mkdir -p out
	$(BIN)/neteyes bench soak --minutes $(MINUTES) --out out/soak

bench-gpu: .venv/.dev $(PAIR) ## Measure nets of the published size on a GPU, into benchmarks/results/
	$(BIN)/neteyes bench gpu --segmenter $(WEIGHTS)/deeplab.pth --synthesizer $(WEIGHTS)/spade.pth

# Works without network and without `make`'s environment: what a machine lacks may lie in WHEELS, as wheels or sources.
WHEELS := .whl
DAY := out/gpu-day
GPU_PYTHON ?= $(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON))
gpu-day: $(if $(wildcard $(WHEELS)/*),$(DAY)/site) ## Try all that wants a GPU, in eight minutes at most, into out/gpu-day/
	PYTHONPATH=$(CURDIR):$(CURDIR)/$(DAY)/site $(GPU_PYTHON) -m benchmarks.gpu_day --out $(DAY)

$(DAY)/site: $(WHEELS)
	timeout 150 $(GPU_PYTHON) -m pip install --quiet --no-index --no-deps --no-build-isolation --no-compile \
		--upgrade --target $@ $(WHEELS)/* || echo "Not all of $(WHEELS) could be installed; the day goes on without it"
	@mkdir -p $@ && touch $@

clean: ## Remove the environment and everything made
	rm -rf .venv out build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.system: tools/system-packages
	sh tools/system-packages run
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.system pyproject.toml constraints.txt
	$(INSTALL) -e '.[cpu]'
	@touch $@

.venv/.serve: .venv/.run
	$(INSTALL) -e '.[cpu,serve]'
	@touch $@

.venv/.dev: .venv/.run
	sh tools/system-packages test
	$(INSTALL) -e '.[cpu,train,bench,dev]'
	@touch $@

# The commands of this repository. What they do is in scripts/.
.DEFAULT_GOAL := help
.PHONY: run test build check docs bench help

run: build ## Build chatd and start it on 127.0.0.1:8084 (ARGS="--port 9000" passes options)
	@scripts/run.sh $(ARGS)

test: ## Run every test (ONLY="swift warden children crash browser" names the parts to run)
	@scripts/test.sh $(ONLY)

build: ## Build the release binary, .build/release/chatd
	@scripts/setup.sh
	@scripts/build.sh

check: ## Run the fast gate: format, layering, sizes, house rules
	@scripts/check.sh

docs: ## Build the documentation, .build/docs
	@scripts/docs.sh

bench: build ## Measure the build (ONLY="rollup restart start idle memory sends deltas size" ARGS=--quick)
	@scripts/bench.sh $(addprefix --only=,$(ONLY)) $(ARGS)

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
	  while IFS='|' read -r name what; do printf 'make %-7s %s\n' "$$name" "$$what"; done

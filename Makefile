# The tasks of the project. "make help" lists them.

GO       ?= go
FUZZTIME ?= 60s
# Packages below testdata are not part of ./...
TOOLS    := ./testdata/agreement ./testdata/bench/... ./testdata/btfdiff/... ./testdata/build ./testdata/corpus ./testdata/kfuncs ./testdata/realload/...
# Inputs of bench, agreement and realload, see their help texts.
OBJECT   ?=
KERNEL   ?=
OLD      ?=
NEW      ?=
CORPUS   ?=
KERNELS  ?=
OUT      ?=
LIBBPF   ?=

.DEFAULT_GOAL := help
.PHONY: help build test lint testdata docs bench fuzz-short agreement realload

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "%-12s %s\n", $$1, $$2}'

build: ## build bin/btflint
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/btflint ./cmd/btflint

test: ## run the tests; they need no compiler, root, network or BPF
	$(GO) test ./...

lint: ## gofmt, go mod tidy, go vet, staticcheck, the import table
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "gofmt -w $$files"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./... $(TOOLS)
	$(GO) tool -modfile=.ci/tools.mod staticcheck ./... $(TOOLS)
	$(GO) test -count=1 -run '^(TestImports|TestGateDependencies|TestSARIFInOneFile|TestWithoutTemplates)$$' .

testdata: ## rebuild the test objects with clang-19
	$(GO) run ./testdata/build

docs: ## regenerate docs/rules from the rules and docs/loaders.md from the loaders
	$(GO) run ./cmd/btflint rules --markdown docs/rules
	$(GO) run ./cmd/btflint loaders --format markdown > docs/loaders.md

bench: ## benchmarks, and ratios to other tools; OBJECT= KERNEL= OLD= NEW= CORPUS= KERNELS=
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) run ./testdata/bench -object '$(OBJECT)' -kernel '$(KERNEL)' -old '$(OLD)' -new '$(NEW)' -corpus "$(CORPUS)" -kernels "$(KERNELS)"

fuzz-short: ## every fuzz target for FUZZTIME=60s
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x -parallel 1 $$pkg; \
		done; \
	done

agreement: ## compare with recorded loads; CORPUS= KERNELS= OUT=docs/agreement.md
	$(GO) run ./testdata/agreement -corpus "$(CORPUS)" -kernels "$(KERNELS)" -o "$(OUT)"

realload: ## compare with loads on this kernel, as root; CORPUS= LIBBPF="-Iinclude libbpf.a -lelf -lz"
	$(GO) run ./testdata/realload -corpus "$(CORPUS)" -libbpf "$(LIBBPF)"

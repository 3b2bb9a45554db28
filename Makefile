# The tasks of the project. "make help" lists them.

GO       ?= go
FUZZTIME ?= 60s
# Packages below testdata are not part of ./...
TOOLS    := ./testdata/agreement ./testdata/bench/... ./testdata/btfdiff/... ./testdata/build ./testdata/corpus ./testdata/kfuncs ./testdata/lskel/... ./testdata/realload/... ./testdata/shadow/...
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
.PHONY: help build test external lint testdata docs bench fuzz-short agreement realload dist publish

help: ## list the tasks
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{printf "%-12s %s\n", $$1, $$2}'

build: ## build bin/btflint
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/btflint ./cmd/btflint

test: ## run the tests; they need no compiler, root, network or BPF
	$(GO) test ./...

external: ## tests with a browser and with GitHub's validators; they need node, npm and Chromium
	cd testdata/external && npm ci && node --test

lint: ## gofmt, go mod tidy, go vet, staticcheck, actionlint, the import table
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "gofmt -w $$files"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./... $(TOOLS)
	$(GO) tool -modfile=.ci/tools.mod staticcheck ./... $(TOOLS)
	$(GO) tool -modfile=.ci/tools.mod actionlint
	$(GO) test -count=1 -run '^(TestImports|TestGateDependencies|TestSARIFInOneFile)$$' .

testdata: ## rebuild the test objects with clang-19, and the light skeletons of struct_ops
	$(GO) run ./testdata/build
	$(GO) run ./testdata/lskel/generate

docs: ## regenerate docs/rules, docs/loaders.md and docs/loader-errors.md from their tables
	$(GO) run ./cmd/btflint rules --markdown docs/rules
	$(GO) run ./cmd/btflint loaders --format markdown > docs/loaders.md
	$(GO) run ./cmd/btflint explain --markdown > docs/loader-errors.md

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

# A release takes minutes to build: the tool is fetched and built too, unless
# GORELEASER names one.
GORELEASER ?= $(GO) run github.com/goreleaser/goreleaser/v2@v2.12.0
# The version that is checked out; any other commit makes a snapshot.
TAG         = $(shell git describe --exact-match --tags --match 'v*' 2>/dev/null)

dist: ## build the files of a release into bin/dist, without publishing; GORELEASER=
	$(GORELEASER) release --config .ci/goreleaser.yaml --clean --skip=publish $(if $(TAG),,--snapshot)

publish: ## build the files of the tag that is checked out and draft a release of them; GORELEASER= GITHUB_TOKEN=
	$(GORELEASER) release --config .ci/goreleaser.yaml --clean

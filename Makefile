# 邻里 Linli. `make` alone lists what can be done.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
T      ?= tests
REPEATS ?= 3

.DEFAULT_GOAL := help
.PHONY: help run up down reset test test-faults test-faults-full test-history bench lint format docs lock brokers

help: ## 显示本帮助 | show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ 使用 | Use
run: $(VENV)/run ## 本机单进程运行，Ctrl-C 停止 | everything in one process on http://127.0.0.1:8080
	@exec $(BIN)/linli run

up: $(VENV)/run ## 本机生产形态：RabbitMQ、PostgreSQL，各服务独立进程 | the production shape on one machine
	@exec $(BIN)/linli up

down: $(VENV)/run ## 停止 make up | stop what `make up` started
	@$(BIN)/linli down

reset: $(VENV)/run ## 清空本机数据 | delete all data of `make run` and `make up`
	@$(BIN)/linli reset

##@ 开发 | Develop
test: $(VENV)/dev brokers ## 全部测试，T=路径 只运行一部分 | all tests, T=path for some
	@$(BIN)/pytest $(if $(filter tests,$(T)),--numprocesses auto --maxprocesses 4) $(T)

test-faults: $(VENV)/dev brokers ## 故障测试，规模的十分之一 | the faults of docs/guarantees.md, a tenth of each
	@LINLI_FAULTS=tenth $(BIN)/pytest tests/faults
	@$(BIN)/python -m tests.faults.page

test-faults-full: $(VENV)/dev brokers ## 故障测试，全部规模，需数小时 | the same in full, for hours
	@LINLI_FAULTS=full $(BIN)/pytest tests/faults
	@LINLI_FAULTS=full $(BIN)/python -m tests.faults.three_nodes
	@$(BIN)/python -m tests.faults.page

test-history: $(VENV)/dev brokers ## 历史投诉全量核对 | the whole file of Boston beside its truth, for minutes
	@LINLI_HISTORY=full $(BIN)/pytest -s tests/e2e/test_replay.py

bench: $(VENV)/dev brokers ## 性能测量，B=events 等只测一项，REPEATS=轮数 | measure, B=events|latency|post|lifecycles|analytics|profile for one
	@$(BIN)/python -m tests.bench $(B) --repeats $(REPEATS) --write

lint: $(VENV)/dev ## 代码检查 | ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/dev ## 代码格式化 | format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(VENV)/dev ## 生成文档 | write the documents derived from the code
	@$(BIN)/linli documents

lock: $(VENV)/dev ## 更新依赖锁定 | resolve the locks anew
	@$(BIN)/uv pip compile --upgrade --no-header --no-annotate --generate-hashes --python-version 3.11 \
		pyproject.toml deploy/build-requirements.txt -o requirements.lock
	@$(BIN)/uv pip compile --upgrade --no-header --no-annotate --generate-hashes --python-version 3.11 \
		--extra dev pyproject.toml deploy/build-requirements.txt -c requirements.lock -o requirements-dev.lock

brokers:
	@deploy/install-servers

$(VENV)/python: ; @$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Linli 需要 Python 3.11 或更新版本 | Linli needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV) && touch $@

$(VENV)/run: $(VENV)/python requirements.lock pyproject.toml
	@echo "安装依赖… | installing dependencies…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

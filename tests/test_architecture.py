"""The import rules of DESIGN §4, read from the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parent.parent / "services"
NAMES = ("intake", "routing", "notification", "analytics")
#: Where all four may be put together.
COMPOSITIONS = {
    "standalone",
    "onemachine",
    "topology",
    "sample",
    "documents",
    "operations",
    "__init__",
    "__main__",
}
WALL_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    """Full names of all modules a file imports, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def foreign(path: Path, allowed: tuple[str, ...]) -> set[str]:
    """Imports of a file that are neither in the standard library nor among `allowed`."""
    return {
        name
        for name in imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)
        and name != "services"
    }


def domain_of(service: str) -> list[Path]:
    folder, file = SERVICES / service / "domain", SERVICES / service / "domain.py"
    return modules(folder) if folder.is_dir() else [file]


@pytest.mark.parametrize("service", NAMES)
def test_domain_knows_the_standard_library_only(service: str) -> None:
    allowed = (f"services.{service}.domain",)
    assert {str(path): found for path in domain_of(service) if (found := foreign(path, allowed))} == {}


def test_contracts_know_marshmallow_and_its_compiled_form_besides() -> None:
    allowed = ("marshmallow", "msgspec", "services.contracts")
    assert {str(p): found for p in modules(SERVICES / "contracts") if (found := foreign(p, allowed))} == {}


def test_chassis_knows_neither_a_service_nor_the_contracts() -> None:
    barred = (*(f"services.{name}" for name in NAMES), "services.contracts")
    found = {str(p): bad for p in modules(SERVICES / "chassis") if (bad := barred_imports(p, barred))}
    assert found == {}


@pytest.mark.parametrize("service", NAMES)
def test_a_service_imports_no_other_service(service: str) -> None:
    others = tuple(f"services.{name}" for name in NAMES if name != service)
    found = {str(p): bad for p in modules(SERVICES / service) if (bad := barred_imports(p, others))}
    assert found == {}


@pytest.mark.parametrize("service", NAMES)
def test_use_cases_know_no_framework(service: str) -> None:
    folder, file = SERVICES / service / "usecases", SERVICES / service / "usecases.py"
    barred = ("flask", "flask_smorest", "marshmallow", "kombu", "amqp", "click", "gunicorn")
    paths = modules(folder) if folder.is_dir() else [file]
    assert {str(p): bad for p in paths if (bad := barred_imports(p, barred))} == {}


def test_only_compositions_put_services_together() -> None:
    tops = {path.stem for path in SERVICES.glob("*.py")} | {
        path.name
        for path in SERVICES.iterdir()
        if path.is_dir() and path.name not in ("__pycache__", "chassis", "contracts")
    }
    assert tops - set(NAMES) <= COMPOSITIONS


def test_the_wall_clock_is_read_in_one_file_alone() -> None:
    for path in modules(SERVICES):
        if path.relative_to(SERVICES).parts == ("chassis", "clock.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert (
                    ast.unparse(node.func).removeprefix("dt.").removeprefix("datetime.d") not in WALL_CLOCKS
                ), path


def test_the_environment_is_read_in_settings_and_at_the_command_alone() -> None:
    allowed = {"settings.py", "cli.py"}
    for path in modules(SERVICES):
        if path.name in allowed or "servers" in path.parts or path.name == "onemachine.py":
            continue
        text = path.read_text(encoding="utf-8")
        assert "os.environ" not in text, path
        assert "getenv" not in text, path


@pytest.mark.parametrize(
    "path", [p for name in ("chassis", "contracts", *NAMES) for p in modules(SERVICES / name)], ids=str
)
def test_nothing_is_opened_at_import(path: Path) -> None:
    """Module level holds definitions, constants and tables of names; no call that connects or reads."""
    opening = {
        "open",
        "connect",
        "create_engine",
        "Connection",
        "urlopen",
        "read_text",
        "load_rule_pack",
        "socket",
    }
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr)):
            for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
                name = ast.unparse(call.func).rpartition(".")[2]
                assert name not in opening, f"{path}:{node.lineno} calls {name} at import"


@pytest.mark.parametrize("service", NAMES)
def test_each_service_has_the_same_file_names(service: str) -> None:
    wanted = {
        "__init__",
        "app",
        "settings",
        "routes",
        "schemas",
        "handlers",
        "usecases",
        "domain",
        "storage",
        "metrics",
        "migrations",
    }
    there = {path.stem for path in (SERVICES / service).iterdir()}
    assert wanted <= there, wanted - there


def test_public_things_have_a_docstring() -> None:
    bare = []
    for path in modules(SERVICES):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree) and tree.body:
            bare.append(str(path))
        for node in tree.body:
            named = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
            if named and not ast.get_docstring(node) and "versions" not in path.parts:
                bare.append(f"{path}:{node.name}")
    assert bare == []


def barred_imports(path: Path, barred: tuple[str, ...]) -> set[str]:
    return {
        name for name in imports(path) if any(name == bad or name.startswith(f"{bad}.") for bad in barred)
    }

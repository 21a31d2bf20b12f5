"""Finding the error codes a service raises, to compare them with its catalogue."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from services.chassis.errors import POLICY, Unavailable
from services.chassis.http import errors as http_errors

#: Names of the classes whose first argument is a code that a client may see. ``Unavailable`` is mostly raised where
#: no client is, and its title says enough.
_CODED = {kind.__name__ for kind in POLICY if kind is not Unavailable} | {
    name for name, kind in vars(http_errors).items() if isinstance(kind, type) and issubclass(kind, Exception)
}
_MESSAGE = "Message"


def codes_in(folder: Path) -> set[str]:
    """Return every literal code given to an error or a field message in the modules below ``folder``."""
    return {
        code for path in sorted(folder.rglob("*.py")) for code in _codes(path.read_text(encoding="utf-8"))
    }


def _codes(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
            continue
        first = node.args[0]
        coded = node.func.id in _CODED or node.func.id == _MESSAGE
        if coded and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value

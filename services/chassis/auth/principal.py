"""The caller a token stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    """A signed-in caller; sees the subtree below ``path`` only (DESIGN §5)."""

    id: str
    username: str
    name: str
    role: str
    path: str

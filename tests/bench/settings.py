"""What the bench is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.chassis.settings import setting


@dataclass(frozen=True)
class BenchSettings:
    """`shared` holds `bench`, the programs of the peers; `cache` the virtual environments they run in."""

    shared: Path = setting("LINLI_SHARED", Path("../shared"))
    cache: Path = setting("LINLI_BENCH_CACHE", Path.home() / ".cache" / "linli-bench")

    @property
    def programs(self) -> Path:
        """Where the programs of the peers are, if they are."""
        return self.shared.absolute() / "bench"

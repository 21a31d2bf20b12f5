"""Requests as fast as sixteen connections bear them: by wrk where it is installed, else by our own client."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.bench.http_client import Caller

CONNECTIONS = 16
_SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True)
class Load:
    """Where to send what: a file with one JSON body a line (none: GET), and a token where one is needed."""

    port: int
    path: str
    bodies: Path
    token: str = ""


def drive(load: Load, seconds: float) -> dict[str, Any]:
    """Send for so long; `requests`, `seconds`, `p50` and `p99` in ms, `refused` by status, `broken` connections."""
    return _wrk(load, seconds) if shutil.which("wrk") else asyncio.run(_ours(load, seconds))


def _wrk(load: Load, seconds: float) -> dict[str, Any]:
    variables = {
        "BENCH_PATH": load.path,
        "BENCH_TOKEN": load.token,
        "BENCH_RUN": secrets.token_hex(8),
        "BENCH_BODIES": str(load.bodies),
    }
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(_SCRIPT)]
    printed = subprocess.run(
        [*command, f"http://127.0.0.1:{load.port}"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    ).stdout
    found: dict[str, Any] = json.loads(printed.strip().rpartition("\n")[2])
    return found


async def _ours(load: Load, seconds: float) -> dict[str, Any]:
    bodies = [orjson.loads(line) for line in load.bodies.read_text().splitlines()]
    run, began = secrets.token_hex(8), time.perf_counter()
    answers = []

    async def one(place: int) -> None:
        caller, sent = Caller(load.port, load.token or None), 0
        while time.perf_counter() - began < seconds:
            sent += 1
            body = bodies[(place + sent) % len(bodies)] if bodies else None
            method = "POST" if bodies else "GET"
            answers.append(
                await caller.request(method, load.path, body, Idempotency_Key=f"{run}-{place}-{sent}")
            )
        caller.close()

    await asyncio.gather(*(one(place) for place in range(CONNECTIONS)))
    taken = sorted(answer.seconds * 1000 for answer in answers)
    return {
        "requests": len(answers),
        "seconds": time.perf_counter() - began,
        "p50": taken[len(taken) // 2],
        "p99": taken[int(len(taken) * 0.99)],
        "refused": sum(answer.status >= 400 for answer in answers),
        "broken": sum(answer.status == 0 for answer in answers),
    }

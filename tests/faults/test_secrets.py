"""O3: names, telephones, passwords and keys show up nowhere they must not, whatever goes wrong meanwhile."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import requests

from services.chassis.testing import eventually
from tests.e2e.client import Client
from tests.e2e.installation import Installation
from tests.faults.residents import new_key

ESTATE = "linden"
NAME, PHONE, EMAIL, PASSWORD = "司马长卿", "13912345678", "changqing.sima@example.cn", "Kanarienvogel-7193"
COMPLAINT = {
    "estate": ESTATE,
    "channel": "app",
    "text": f"电梯坏了。请回电 {PHONE}，邮箱 {EMAIL}。",
    "reporter": {"name": NAME, "phone": PHONE, "email": EMAIL},
}
#: Requests that are refused, or fail, with canaries in them.
MISTAKES = (
    ("/api/intake/complaints", {**COMPLAINT, "estate": PHONE}),
    ("/api/intake/complaints", {**COMPLAINT, "reporter": {"name": NAME * 30, "phone": f"{PHONE}\x07"}}),
    ("/api/routing/tokens", {"username": EMAIL, "password": PASSWORD}),
    ("/api/routing/tokens/refresh", {"refresh_token": PASSWORD}),
)
_PATIENCE = 90.0
_SERVING = ("intake-web", "routing-worker", "notification-worker")


def test_nothing_personal_and_no_secret_shows_up_whatever_goes_wrong(installation: Installation) -> None:
    public = installation.people.public
    seen = ""
    for role in _SERVING:
        # Given what is well and what is not
        complained(public)
        refusals = [public.request("POST", path, json=body) for path, body in MISTAKES]
        assert all(400 <= refusal.status_code < 500 for refusal in refusals)

        # When a process is killed in the middle of it
        os.kill(eventually(lambda role=role: installation.serving(role), _PATIENCE), signal.SIGKILL)
        complained(public)
        seen += "".join(refusal.text for refusal in refusals)
        seen += command_lines(installation)

    # Then
    seen += "".join(metrics(installation)) + "".join(logs(installation))
    assert "linli_http_request_duration_seconds" in seen
    assert "services" in seen
    assert "SIGKILL" in seen
    personal = [each for each in (NAME, PHONE, EMAIL, PASSWORD) if each in seen]
    assert personal == []
    assert [name for name, secret in secrets(installation).items() if secret in seen] == []


def complained(public: Client) -> None:
    """A complaint is made, after some tries where nobody answers."""
    key = new_key()

    def accepted() -> bool:
        with suppress(requests.RequestException):
            headers = {"Idempotency-Key": key}
            return public.request("POST", "/api/intake/complaints", json=COMPLAINT, headers=headers).ok
        return False

    eventually(accepted, _PATIENCE, interval=0.1)


def command_lines(installation: Installation) -> str:
    """How every process of it was started, as anybody on the machine can read."""
    found = []
    for pid in installation.processes():
        with suppress(OSError):
            found.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
    return "\n".join(found)


def metrics(installation: Installation) -> Iterator[str]:
    """What every process of it tells."""
    ports = range(installation.port, installation.port + (9 if installation.command == "up" else 1))
    for port in ports:
        yield eventually(lambda port=port: _metrics_at(port), _PATIENCE)


def logs(installation: Installation) -> Iterator[str]:
    """What every process of it wrote, the servers included."""
    for file in installation.home.rglob("*.log"):
        yield file.read_text(encoding="utf-8", errors="replace")


def secrets(installation: Installation) -> dict[str, str]:
    """The secrets among its settings, passwords in addresses included."""
    found = {}
    for line in installation.variables.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        secret = urlsplit(value).password if "://" in value else value
        if secret and ("://" in value or re.search("SECRET|PASSWORD", name)):
            found[name] = secret
    assert found
    return found


def _metrics_at(port: int) -> str | None:
    with suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    return None

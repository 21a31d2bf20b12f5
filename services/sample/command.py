"""`linli sample`: fills an embedded installation once, and says where to look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from services.chassis.cli import settings_of
from services.chassis.platform import Process, platform
from services.chassis.settings import setting
from services.chassis.unit_of_work import UnitOfWork
from services.routing.app import SERVICE as ROUTING
from services.routing.domain.shifts import read_shifts
from services.routing.passwords import Passwords
from services.routing.usecases.staff import COMMAND_LINE, Appointment, put
from services.sample import content, story
from services.sample.client import Client, Refused

_WELCOME = """
邻里已就绪 | Linli is ready: {url}

  接口文档 OpenAPI   {url}/api/intake/openapi.json  (routing, notification, analytics 同理 | likewise)
  投诉进度 progress  {url}/api/intake/complaints/{number}
  指标 KPIs          curl -H "Authorization: Bearer $TOKEN" '{url}/api/analytics/kpis?by=estate'
  监控 metrics       {url}/metrics

  登录 sign in       curl -s {url}/api/routing/tokens -H 'Content-Type: application/json' \\
                       -d '{{"username": "director", "password": "{password}"}}'
  账号 accounts      {usernames}（密码 password：{password}）

  Ctrl-C 停止 | stops    make reset 清空 | empties
"""


@dataclass(frozen=True)
class SampleSettings:
    """Where the installation to be filled is."""

    home: Path = setting("LINLI_HOME", Path(".linli"))
    port: int = setting("LINLI_HTTP_PORT", 8080)


@click.command()
@click.pass_context
def sample(ctx: click.Context) -> None:
    """Fill the embedded installation with a sample group, once. | 写入示例数据。"""
    settings = settings_of(SampleSettings, ctx)
    done = settings.home / "sample-done"
    url = f"http://127.0.0.1:{settings.port}"
    public = Client(url)
    story.wait_for("the installation", lambda: public.get("/readyz"))
    if not done.exists():
        click.echo("写入示例数据… | writing the sample…")
        open_accounts(ctx)
        try:
            complaints = story.fill(public)
            story.drive(public, complaints)
        except (Refused, story.TooSlow, OSError) as error:
            raise click.ClickException(f"示例数据未写完 | the sample is not complete: {error}") from error
        done.write_text(complaints[0].number, encoding="utf-8")
    usernames = " ".join(account["username"] for account in content.accounts())
    number = done.read_text(encoding="utf-8")
    click.echo(_WELCOME.format(url=url, number=number, password=story.PASSWORD, usernames=usernames))


def open_accounts(ctx: click.Context) -> None:
    """Write the accounts of the sample into routing's database."""
    settings = settings_of(ROUTING.settings, ctx)
    on = platform(ROUTING, settings, Process(), role="sample")
    password = Passwords().hash(story.PASSWORD)
    with on.database.begin() as work:
        for account in content.accounts():
            open_account(work, account, password, settings.language)
    on.database.engine.dispose()


def open_account(work: UnitOfWork, account: dict[str, str], password_hash: str, language: str) -> None:
    """Appoint one person of the sample."""
    wanted = Appointment(
        username=account["username"],
        name=account["name"],
        role=account["role"],
        path=account["path"],
        department=account["department"] or None,
        phone=account["phone"] or None,
        email=account["email"] or None,
        shifts=read_shifts(account["shifts"] or ""),
        password_hash=password_hash,
    )
    put(work, COMMAND_LINE, wanted, language)

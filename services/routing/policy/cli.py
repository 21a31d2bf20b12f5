"""The command `linli policy`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import yaml

from services.chassis.cli import settings_of
from services.chassis.errors import Invalid
from services.chassis.http.problems import field_message
from services.chassis.i18n import LANGUAGES, Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.routing.app import SERVICE
from services.routing.cli import work_of
from services.routing.domain.rules import Pack
from services.routing.messages import MESSAGES
from services.routing.policy import checking, files
from services.routing.policy.files import Source
from services.routing.policy.holding import Documents
from services.routing.policy.problems import Problem
from services.routing.public_holidays import public_holidays
from services.routing.rule_pack import SHIPPED, RulePackError, load_rule_pack
from services.routing.storage import policies as rows
from services.routing.usecases import policies, policy_trial
from services.routing.usecases.policies import Change

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def policy() -> None:
    """What the rules leave to the operator, by place. | 管理策略文件。"""


@policy.command()
@_file
@click.pass_context
def check(ctx: click.Context, file: Path) -> None:
    """Say everything that is wrong with a document; status 1 if anything is. | 检查策略文件。"""
    readable(ctx, file, _pack(ctx))
    click.echo(f"{file}: 没有错误 | no mistakes")


@policy.command()
@click.argument("path", default="")
@click.option("--own", is_flag=True, help="Only the document of this place, to be edited and set again.")
@click.pass_context
def show(ctx: click.Context, path: str, own: bool) -> None:
    """Show what holds at a place, and where each value comes from. | 查看某处生效的策略。"""
    with work_of(ctx) as work:
        shown = policies.shown(work.connection, path, scope="")
    click.echo(f"# {path or 'default'}, version {shown['version']}")
    if own:
        click.echo(_yaml(shown["content"]) if shown["content"] else "")
        return
    for line in _lines(shown["effective"], shown["origins"]):
        click.echo(line)


@policy.command("set")
@click.argument("path")
@_file
@click.option("--reason", required=True, help="Why; kept with the version.")
@click.option("--version", type=int, help="The version that is replaced; whichever is there if left out.")
@click.pass_context
def put(ctx: click.Context, path: str, file: Path, reason: str, version: int | None) -> None:
    """Set the document of a place; it holds everywhere within seconds. | 设置某处的策略。"""
    pack = _pack(ctx)
    source = readable(ctx, file, pack)
    with work_of(ctx) as work:
        if version is None:
            before = rows.of_path(work.connection, path)
            version = before.version if before else 0
        try:
            policies.put(work, pack, Change(path, version, source.content, reason), scope="")
        except Invalid as error:
            raise click.ClickException("\n".join(_refused(error))) from error
    click.echo(f"{path}: version {version + 1}")


@policy.command("try")
@_file
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Received from this day on.")
@click.option("--path", default="", help="The place the document would be set for; everywhere if left out.")
@click.pass_context
def attempt(ctx: click.Context, file: Path, since: datetime, path: str) -> None:
    """Show what complaints would have got under a document. Nothing is written. | 试算策略对既有投诉的影响。"""
    source = readable(ctx, file, _pack(ctx))
    zone = ZoneInfo(settings_of(SERVICE.settings, ctx).zone)
    with work_of(ctx) as work:
        contents = rows.contents(work.connection)
        today, wanted = Documents(contents), Documents({**contents, path: source.content})
        trial = policy_trial.attempt(
            work.connection, today, wanted, public_holidays, since=since.replace(tzinfo=zone), scope=path
        )
    click.echo(f"{trial.complaints} 件投诉 | complaints")
    for (what, before, after), change in sorted(trial.changes.items()):
        examples = " ".join(change.examples)
        click.echo(f"{what}: {before} → {after}: {change.count}  ({examples})")


def readable(ctx: click.Context, file: Path, pack: Pack) -> Source:
    """The document in a file. Ends the command with every mistake in it."""
    try:
        source = files.read(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file}: 不是 UTF-8 文本 | not UTF-8 text") from error
    problems = source.problems + checking.problems_of(source.content, pack)
    for problem in problems:
        click.echo(_told(file, source, problem), err=True)
    if problems:
        ctx.exit(1)
    return source


def _pack(ctx: click.Context) -> Pack:
    folder = Path(ctx.obj.get("LINLI_RULES_FOLDER") or SHIPPED)
    try:
        return load_rule_pack(folder)
    except RulePackError as error:
        raise click.ClickException(str(error)) from error


def _told(file: Path, source: Source, problem: Problem) -> str:
    line = source.line(problem.keys)
    where = f"{file}:{line}" if line else str(file)
    translator = Translator(CHASSIS_MESSAGES, MESSAGES)
    said = " | ".join(field_message(problem.message, translator, language) for language in LANGUAGES)
    return f"{where}: {problem.name}: {said}" if problem.name else f"{where}: {said}"


def _refused(error: Invalid) -> list[str]:
    translator = Translator(CHASSIS_MESSAGES, MESSAGES)
    return [
        f"{name}: " + " | ".join(field_message(message, translator, language) for language in LANGUAGES)
        for name, messages in error.fields.items()
        for message in messages
    ]


def _yaml(value: Any, *, flow: bool = False) -> str:
    text: str = yaml.safe_dump(
        value, allow_unicode=True, sort_keys=False, default_flow_style=flow, width=10_000
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _lines(effective: Any, origins: Any, indent: str = "") -> list[str]:
    lines = []
    for key, value in effective.items():
        origin = origins[key]
        if isinstance(value, dict) and value:
            lines += [f"{indent}{_yaml(key)}:", *_lines(value, origin, indent + "  ")]
        else:
            lines.append(f"{indent}{_yaml(key)}: {_yaml(value, flow=True)}  # {origin or 'default'}")
    return lines

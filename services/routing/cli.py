"""The commands `linli routing`, `linli accounts` and `linli keys`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from services.chassis.auth.keys import new_key_set, public, read_key_set, rotate, write_key_set
from services.chassis.cli import service_commands, settings_of
from services.chassis.commands.dead_letters import dead_letter_commands
from services.chassis.errors import LinliError
from services.chassis.platform import Process, platform
from services.chassis.telephone import e164
from services.chassis.unit_of_work import UnitOfWork
from services.routing.app import SERVICE
from services.routing.domain.shifts import ShiftsUnreadable, read_shifts
from services.routing.domain.staff import ROLES
from services.routing.passwords import SHORTEST, Passwords
from services.routing.storage import staff as rows
from services.routing.usecases import staff
from services.routing.usecases.staff import COMMAND_LINE, Appointment

routing = service_commands(SERVICE)
routing.add_command(dead_letter_commands([SERVICE]))


def _not_empty(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    if not value.strip():
        raise click.BadParameter("must not be empty; the code of a group is everything below it")
    return value.strip()


_password = click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for where it is not given.",
)


@click.group()
def accounts() -> None:
    """Who may sign in. | 管理登录账号。"""


@accounts.command()
@click.argument("username")
@click.option("--name", required=True, help="What people call him.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option(
    "--path",
    required=True,
    callback=_not_empty,
    help="The subtree he sees: codes from the group down, a/b/c.",
)
@click.option("--department", help="A department of the rule pack.")
@click.option("--phone")
@click.option("--email")
@click.option("--shifts", default="", help="For example: Mon-Fri 08:00-17:30; Sat 22:00-06:00")
@_password
@click.pass_context
def create(
    ctx: click.Context,
    username: str,
    name: str,
    role: str,
    path: str,
    department: str | None,
    phone: str | None,
    email: str | None,
    shifts: str,
    password: str,
) -> None:
    """Add an account. | 新建账号。"""
    try:
        periods = read_shifts(shifts)
    except ShiftsUnreadable as error:
        raise click.ClickException(f"--shifts: cannot read {error}") from error
    dialled = e164(phone) if phone else None
    if phone and dialled is None:
        raise click.ClickException(f"--phone: {phone} is no telephone number")
    wanted = Appointment(username, name, role, path, department, dialled, email, periods, _hash(password))
    with work_of(ctx) as work:
        staff.appoint(work, COMMAND_LINE, wanted, settings_of(SERVICE.settings, ctx).language)
    click.echo(f"{username}: created")


@accounts.command()
@click.argument("username")
@click.pass_context
def disable(ctx: click.Context, username: str) -> None:
    """Let a person in no more, within 5 s everywhere. | 停用账号。"""
    with work_of(ctx) as work:
        staff.set_disabled(work, COMMAND_LINE, _id_of(work, username), disabled=True)
    click.echo(f"{username}: disabled")


@accounts.command()
@click.argument("username")
@click.pass_context
def enable(ctx: click.Context, username: str) -> None:
    """Let a person in again. | 启用账号。"""
    with work_of(ctx) as work:
        staff.set_disabled(work, COMMAND_LINE, _id_of(work, username), disabled=False)
    click.echo(f"{username}: enabled")


@accounts.command()
@click.argument("username")
@_password
@click.pass_context
def password(ctx: click.Context, username: str, password: str) -> None:
    """Give a person another password and end his sign-ins. | 重设密码。"""
    hashed = _hash(password)
    with work_of(ctx) as work:
        staff.set_password(work, _id_of(work, username), hashed)
    click.echo(f"{username}: password changed")


@accounts.command("list")
@click.pass_context
def list_accounts(ctx: click.Context) -> None:
    """List all accounts. | 列出账号。"""
    with work_of(ctx) as work:
        for person in rows.everybody(work.connection):
            state = "disabled" if person["disabled"] else "enabled"
            department = person["department"] or "-"
            click.echo(f"{person['username']}\t{person['role']}\t{person['path']}\t{department}\t{state}")


@click.group()
def keys() -> None:
    """The keys that sign tokens. | 签名密钥。"""


_private = click.option(
    "--private", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A secret of routing."
)
_public = click.option(
    "--public",
    "shown",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="For all services (LINLI_JWKS_FILE).",
)


@keys.command()
@_private
@_public
def new(private: Path, shown: Path) -> None:
    """Make the first key. | 生成密钥。"""
    if private.exists():
        raise click.ClickException(f"{private} exists; `linli keys rotate` replaces its key")
    made = new_key_set()
    write_key_set(private, made)
    write_key_set(shown, public(made))
    click.echo(f"wrote {private} and {shown}")


@keys.command("rotate")
@_private
@_public
def rotate_keys(private: Path, shown: Path) -> None:
    """Sign with a new key; tokens of the one before stay valid. | 轮换密钥。"""
    try:
        rotated = rotate(read_key_set(private))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{private} cannot be read as a key set: {error}") from error
    # The new public key is known everywhere before anything is signed with it.
    write_key_set(shown, public(rotated))
    write_key_set(private, rotated)
    click.echo(f"wrote {private} and {shown}")


@contextmanager
def work_of(ctx: click.Context) -> Iterator[UnitOfWork]:
    """A unit of work on routing's database; our errors end the command with a sentence."""
    on = platform(SERVICE, settings_of(SERVICE.settings, ctx), Process(), role="command")
    try:
        with on.database.begin() as work:
            yield work
    except LinliError as error:
        code = error.code if on.translator.knows(error.code) else "invalid"
        raise click.ClickException(on.translator.text(code, "en", **error.params)) from error
    finally:
        on.database.engine.dispose()


def _hash(password: str) -> str:
    if len(password.strip()) < SHORTEST:
        raise click.ClickException(f"a password has at least {SHORTEST} characters")
    return Passwords().hash(password.strip())


def _id_of(work: UnitOfWork, username: str) -> str:
    person = rows.by_username(work.connection, username)
    if person is None:
        raise click.ClickException(f"nobody is called {username}")
    id_: str = person.id
    return id_

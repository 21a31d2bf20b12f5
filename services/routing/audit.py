"""The command `linli audit`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import click

from services.chassis.commands import database_of
from services.chassis.errors import NotFound
from services.routing.app import SERVICE
from services.routing.domain.chain import Fault, Found
from services.routing.usecases.audit import BrokenSeal, Totals, broken_chain, broken_chains, broken_seals

_SAID: Mapping[Fault, str] = MappingProxyType(
    {
        Fault.MISSING: "记录缺失 | an entry is missing",
        Fault.CHANGED: "记录被改动、插入或换位 | an entry was changed, put in or moved",
        Fault.TEXT: "文字被改动 | a text was changed",
        Fault.DOUBLE: "同一位置有两条记录 | two entries at one position",
        Fault.END: "末尾与个案不符 | the end is not what the case says",
    }
)


@click.group()
def audit() -> None:
    """Whether anybody changed what is on record. | 核验处理记录。"""


@audit.command()
@click.option("--case", "number", help="Only this complaint. | 只核验一件投诉。")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only complaints received, and days sealed, from this day on (UTC). | 只核验此日以后受理的投诉。",
)
@click.option("--seal", help="A digest noted elsewhere, of the log for example. | 另存的封签，须仍在册。")
@click.pass_context
def verify(ctx: click.Context, number: str | None, since: datetime | None, seal: str | None) -> None:
    """Look for entries that were changed, deleted or moved; status 1 if there are any. | 核验处理记录是否被篡改。

    One line for each: complaint, position, what is wrong, what was expected, what is there.
    """
    totals, day, broken = Totals(), since.date() if since else None, 0
    with database_of(SERVICE, ctx) as database:
        try:
            chains = (
                broken_chain(database.read, totals, number)
                if number is not None
                else broken_chains(database.read, totals, day)
            )
            for case, found in chains:
                broken += 1
                click.echo(_of_case(case, found))
        except NotFound as error:
            raise click.ClickException(f"没有这件投诉 | no such complaint: {number}") from error
        if number is None:
            for broken_seal in broken_seals(database.read, totals, day):
                broken += 1
                click.echo(_of_day(broken_seal))
    if seal is not None and seal.lower() not in totals.seals:
        broken += 1
        click.echo(f"封签不在册 | there is no seal {seal}")
    click.echo(
        f"cases {totals.cases}, entries {totals.entries}, texts erased {totals.erased},"
        f" not chained yet {totals.unchained}, days sealed {len(totals.seals)}, faults {broken}"
    )
    if broken:
        ctx.exit(1)


def _of_case(number: str, found: Found) -> str:
    what = f"{found.fault.value}: {_SAID[found.fault]}"
    return f"{number}\t{found.position}\t{what}\texpected {found.expected or '-'}\tfound {found.found or '-'}"


def _of_day(seal: BrokenSeal) -> str:
    said = "seal: 全部记录与当日封签不符 | the entries of all cases are not those that were sealed"
    expected = f"{seal.expected_entries} entries, {seal.expected}"
    return f"{seal.day}\t-\t{said}\texpected {expected}\tfound {seal.found_entries} entries, {seal.found}"

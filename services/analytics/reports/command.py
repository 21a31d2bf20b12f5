"""`linli report`: a report as a file, without a browser."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from services.analytics import usecases
from services.analytics.app import SERVICE
from services.analytics.messages import DEFINED
from services.analytics.reports.contents import made
from services.analytics.reports.period import Period, period_of
from services.analytics.reports.wording import Words, file_name
from services.analytics.reports.workbook import workbook
from services.analytics.schemas.reports import JSON, XLSX, ReportSchema
from services.analytics.settings import AnalyticsSettings
from services.chassis.cli import settings_of
from services.chassis.clock import SystemClock
from services.chassis.errors import NotFound
from services.chassis.i18n import LANGUAGES, Translator
from services.chassis.messages import MESSAGES as CHASSIS_MESSAGES
from services.chassis.sql import connect
from services.contracts.vocabulary import Kind

_TRANSLATOR = Translator(CHASSIS_MESSAGES, SERVICE.messages)


class _PeriodType(click.ParamType[Period]):
    name = "period"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        found = period_of(str(value))
        if found is None:
            self.fail(_both("report_period_unknown"), param, ctx)
        return found


@click.command()
@click.argument("period", type=_PeriodType())
@click.option(
    "--scope", default="", help="Path of a node of the tenant tree; everything if left out. | 统计范围。"
)
@click.option("--format", "form", type=click.Choice([XLSX, JSON]), default=XLSX, show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File to write, - for standard output; named after scope and period if left out. | 输出文件。",
)
@click.pass_context
def report(
    ctx: click.Context, period: Period, scope: str, form: str, language: str, output: Path | None
) -> None:
    """Report on a month (2026-11) or a quarter (2026-Q4) (R192, R197). | 生成投诉月报或季度评审。"""
    engine = connect(
        settings_of(AnalyticsSettings, ctx).database_url, application="linli-report", pool_size=1
    )
    try:
        with engine.connect() as connection:
            generation, question = usecases.asked(
                connection,
                subtree="",
                scope=scope or None,
                window=period.window,
                kinds=(Kind.COMPLAINT.value,),
            )
            found = made(connection, generation, question, period, SystemClock().now())
    except NotFound as error:
        raise click.ClickException(_both(error.code, **error.params)) from error
    finally:
        engine.dispose()
    words = Words(_TRANSLATOR, language)
    if form == XLSX:
        content = workbook(found, words)
    else:
        defined = {**found, "definitions": {each: words.definition(each) for each in DEFINED}}
        content = orjson.dumps(ReportSchema().dump(defined), option=orjson.OPT_INDENT_2)
    target = output or Path(file_name(found, words, form))
    with click.open_file(str(target), "wb") as file:
        file.write(content)
    if output != Path("-"):
        click.echo(str(target))


def _both(code: str, **params: object) -> str:
    return " | ".join(_TRANSLATOR.text(code, language, **params) for language in LANGUAGES)

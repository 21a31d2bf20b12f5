"""Commands of intake: its roles, and `linli feed`."""

from __future__ import annotations

from pathlib import Path

import click

from services.chassis.cli import service_commands
from services.chassis.commands.dead_letters import dead_letter_commands
from services.intake.app import SERVICE
from services.intake.domain.receipt import PUBLIC_CHANNELS
from services.intake.feed.client import FeedClient, Unreachable
from services.intake.feed.feeding import Feed, Tally
from services.intake.feed.journal import Journal, journal_of
from services.intake.feed.rows import count_lines, read_rows

intake = service_commands(SERVICE)
intake.add_command(dead_letter_commands([SERVICE]))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channel", type=click.Choice(sorted(PUBLIC_CHANNELS)), default="web", show_default=True)
@click.option(
    "--url", default="http://127.0.0.1:8080", show_default=True, help="Linli's address. | 服务地址。"
)
@click.option(
    "--estate", "estates", multiple=True, help="Estates in turn; all without it. | 小区编码，可多次使用。"
)
@click.option("--threads", type=click.IntRange(1, 16), default=4, show_default=True)
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to note what was accepted. | 进度文件。",
)
def feed(
    file: Path, channel: str, url: str, estates: tuple[str, ...], threads: int, journal: Path | None
) -> None:
    """Send the texts of a file as complaints; run again, it goes on. | 将文件中的文本逐条提交为投诉，可续传。

    FILE holds JSON lines with id, title and body; it may be gzipped (.gz).
    """
    client, kept = FeedClient(url), Journal(journal) if journal else journal_of(file, url)
    tally = Tally()
    try:
        codes = list(estates) or client.estates()
        if not codes:
            raise click.ClickException("there is no estate yet | 尚无小区")
        feeding = Feed(file, channel, codes, client, kept, threads)
        with click.progressbar(length=count_lines(file), label=file.name) as bar:
            for steps in feeding.run(read_rows(file), tally):
                bar.update(steps)
    except Unreachable as error:
        _summarise(tally)
        raise click.ClickException(
            f"{url} does not answer ({error}); run this again to go on | 服务无响应，稍后重新运行即可续传"
        ) from error
    except OSError as error:
        raise click.ClickException(f"{file}: {error}") from error
    _summarise(tally)


def _summarise(tally: Tally) -> None:
    click.echo(f"sent 已提交            {tally.sent}")
    click.echo(f"already there 已存在   {tally.already_there}")
    click.echo(f"refused 被拒绝         {tally.reasons.total()}")
    for reason, count in tally.reasons.most_common():
        lines = ", ".join(str(line) for line in tally.lines[reason])
        click.echo(
            f"  {count} × {reason}  (line 行 {lines}{', …' if count > len(tally.lines[reason]) else ''})"
        )

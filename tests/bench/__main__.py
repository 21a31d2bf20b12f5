"""`python -m tests.bench [events …]`: measures, prints tables and ratios, and with `--write` puts them into the page."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from services.chassis.settings import load
from tests.bench import analytics, event_tables, latency, lifecycles, post, profile
from tests.bench.report import stamp, write
from tests.bench.session import Options, session
from tests.bench.settings import BenchSettings

BENCHES = {
    "events": event_tables.run,
    "latency": latency.run,
    "post": post.run,
    "lifecycles": lifecycles.run,
    "analytics": analytics.run,
    "profile": profile.run,
}


def main() -> None:
    """Run the benches named, all of them by default."""
    default = Options()
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("benches", nargs="*", help=f"of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--only", default="", help="names of implementations, separated by commas")
    parser.add_argument("--repeats", type=int, default=default.repeats)
    parser.add_argument("--n", type=int, default=default.events, help="events of one run")
    parser.add_argument(
        "--seconds", type=float, default=default.seconds, help="no run of a bench begins later"
    )
    parser.add_argument(
        "--stored", type=int, default=default.stored, help="complaints stored where it matters"
    )
    parser.add_argument("--facts", type=int, default=default.facts, help="facts that figures are made of")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    given = parser.parse_args()
    only = tuple(filter(None, given.only.split(",")))
    options = Options(only, given.repeats, given.n, given.seconds, given.stored, given.facts)
    wanted = given.benches or list(BENCHES)
    if unknown := set(wanted) - BENCHES.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    # As Ctrl-C does, so that the servers are ended and their folders removed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with session(load(BenchSettings, os.environ), options) as running:
        for name in wanted:
            tables = f"{stamp(sys.argv[1:])}\n\n{BENCHES[name](running)}"
            print(f"\n## {name}\n\n{tables}\n", flush=True)
            if given.write:
                write(name, tables)


main()

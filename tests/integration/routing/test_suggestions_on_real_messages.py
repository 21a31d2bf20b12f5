"""What the search for complaints about one matter finds among citizens' messages as they were written.

The messages lie outside the repository, in the folder LINLI_SHARED (default: `shared` beside it). They name no estate, so all
are taken as of one; their places stand in the texts alone.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz.distance import Indel

from services.contracts.vocabulary import LinkKind
from services.routing.storage.tables import cases, suggestions
from tests.integration.routing.conftest import Rows, Tell, registered

REPOSITORY = Path(__file__).parents[3]
SHARED = Path(os.environ.get("LINLI_SHARED", REPOSITORY.parent / "shared"))
MESSAGES = SHARED / "data" / "tipdm_att3_hot.jsonl.gz"

#: Hot topics of the file, by words that no other message has: a mixing plant beside a quarter, parking places sold with
#: flats, a loan fraud.
TOPICS = {"mixing plant": "丽发新城", "parking places": "伊景园", "loan fraud": "58车贷"}

pytestmark = pytest.mark.skipif(
    not MESSAGES.is_file(),
    reason=f"the citizens' messages are not there: {MESSAGES}; set LINLI_SHARED to the folder above data/",
)
Step = Callable[[], bool]


def messages() -> list[Mapping[str, Any]]:
    with gzip.open(MESSAGES, "rt", encoding="utf-8") as lines:
        read = [json.loads(line) for line in lines]
    return sorted(read, key=lambda message: (message["created"], message["id"]))


def numbered(message: Mapping[str, Any]) -> str:
    return f"TS-{message['id']}"


@pytest.fixture
def told(tell: Tell) -> Sequence[Mapping[str, Any]]:
    """All messages on the register; who wrote each is a household."""
    read = messages()
    for first in range(0, len(read), 100):
        tell(
            *(
                registered(
                    numbered(message),
                    text=f"{message['title'].strip()}\n{message['body'].strip()}"[:10_000],
                    received_at=(received := datetime.fromisoformat(message["created"]).replace(tzinfo=UTC)),
                    recorded_at=received,
                    household_id=message["user"],
                    party_id=None,
                )
                for message in read[first : first + 100]
            )
        )
    return read


def test_what_is_suggested_and_how_long_it_takes(
    told: Sequence[Mapping[str, Any]],
    step_of: Callable[[str], Step],
    rows: Rows,
    record_property: Callable[[str, object], None],
) -> None:
    # When
    compare, started = step_of("routing.compare"), time.perf_counter()
    while compare():
        pass
    seconds = time.perf_counter() - started

    # Then
    found = rows(suggestions)
    texts = {case["number"]: case["text"] for case in rows(cases)}
    duplicates = [each for each in found if each["kind"] == LinkKind.DUPLICATE_OF]
    joined = [each for each in found if each["kind"] == LinkKind.JOINED_TO]
    figures: dict[str, object] = {
        "messages": len(told),
        "seconds": round(seconds, 1),
        "duplicates": len(duplicates),
        "of one matter": len(joined),
    }
    for topic, words in TOPICS.items():
        about = {number for number, text in texts.items() if re.search(words, text)}
        pairs = [each for each in found if each["number"] in about or each["other"] in about]
        right = [each for each in pairs if each["number"] in about and each["other"] in about]
        figures[topic] = (
            f"{len(about)} messages, {len(right)} of {len(pairs)} suggestions within it,"
            f" largest group {max(map(len, groups(right)), default=0)}"
        )
        assert len(right) / len(pairs) > 0.9, topic
        assert max(map(len, groups(right))) >= 4, topic
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    record_property("figures", figures)

    # Duplicates are what one person sent twice: their texts are all but the same
    assert len(duplicates) >= 150
    alike = [Indel.normalized_similarity(texts[e["number"]], texts[e["other"]]) for e in duplicates]
    assert sum(each > 0.5 for each in alike) / len(alike) > 0.9
    assert seconds < 300, "an estate has some ten complaints a day, and these are of three years"


def groups(pairs: Sequence[Mapping[str, Any]]) -> Sequence[set[str]]:
    """What hangs together by these pairs."""
    group: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        both = group[pair["number"]] | group[pair["other"]] | {pair["number"], pair["other"]}
        for number in both:
            group[number] = both
    return [set(each) for each in {frozenset(each) for each in group.values()}]

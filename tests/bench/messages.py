"""The events that are put on the queues: complaints of about 900 bytes with Chinese text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from services.chassis.envelope import encode
from services.chassis.testing.services import make_event
from services.contracts.catalogue import CATALOGUE
from tests.bench.group import path_of

_SUBJECTS = ("电梯故障", "漏水渗水", "停车纠纷", "噪音扰民", "楼道卫生", "物业费", "路灯不亮", "门禁失灵")
_CHANNELS = ("wechat", "phone", "web", "app")


def text(at: int) -> str:
    """What the complainant of number `at` says."""
    return (
        f"业主反映{at % 30 + 1}号楼{at % 28 + 1}室所在单元{_SUBJECTS[at % 8]}问题持续多日，晚间尤其严重，"
        "此前已两次致电物业前台均未得到明确答复，希望尽快安排人员上门查看并给出处理时限。"
    )


def registered(number: int, residents: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """`number` different `complaint.registered`, made by `residents` (party id, estate) in turn."""
    now = datetime.now(UTC)
    for at in range(number):
        party, estate = residents[at * 7919 % len(residents)]
        name = f"TS-{now:%Y%m%d}-{at:06d}"
        data = {
            "number": name,
            "estate": estate,
            "path": path_of(estate),
            "channel": _CHANNELS[at % 4],
            "kind": "complaint",
            "text": text(at),
            "demand": "请尽快处理。",
            "location": f"{at % 30 + 1}号楼{at % 4 + 1}单元",
            "category": None,
            "received_at": now - timedelta(minutes=1),
            "recorded_at": now,
            "anonymous": False,
            "party_id": party,
            "household_id": None,
            "receiver": None,
            "call_id": None,
        }
        event = make_event("complaint.registered", name, data, source="intake", estate=estate, time=now)
        yield encode(event, CATALOGUE)

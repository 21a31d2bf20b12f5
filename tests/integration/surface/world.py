"""A group with two regions, and in each an estate with staff, a resident and a complaint that was handled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from services.chassis import dead_letters
from services.chassis.dead_letters import DeadLetter
from services.contracts.catalogue import CATALOGUE
from tests.integration.surface.installation import Installation, Service

TREE = """\
code,kind,name,parent,zone
G,group,绿城集团,,Asia/Shanghai
EAST,region,东区,G,
WEST,region,西区,G,
E1,estate,翠苑花园,EAST,
W1,estate,湖畔居,WEST,
"""
DEPARTMENTS = "path,code,name\n" + "".join(
    f"{region},{code},{name}\n"
    for region in ("G/EAST", "G/WEST")
    for code, name in (
        ("customer_service", "客服中心"),
        ("engineering", "工程部"),
        ("cleaning", "保洁部"),
        ("security", "秩序维护部"),
        ("finance", "财务部"),
    )
)
_ALWAYS = "Mon-Sun 00:00-00:00"
PDF = b"%PDF-1.7 a letter"
TEXT = "3 栋电梯坏了三天,一直没有人来修。"


@dataclass(frozen=True)
class Things:
    """What there is in one subtree, so that a request can name it. `order` is assigned to `handler`, `approval` refused.

    `another` is a complaint that `number` is a duplicate of, by `link`; `suggested` one of which that is suggested.

    `letters` holds a dead letter of each service; they belong to no subtree.
    """

    region: str
    estate: str
    number: str
    claim_code: str
    order: str
    approval: str
    callback: str
    attachment: str
    party: str
    staff: str
    handler: str
    another: str
    link: str
    suggested: str
    letters: Mapping[str, str]

    @property
    def month(self) -> str:
        """The month in which the complaint was received, as its number tells."""
        return f"{self.number[3:7]}-{self.number[7:9]}"

    @property
    def path(self) -> str:
        """The estate's path in the tenant tree."""
        return f"{self.region}/{self.estate}"

    @property
    def marks(self) -> frozenset[str]:
        """Texts of which a list that shows something of this subtree holds at least one."""
        return frozenset({self.number, self.region, f"{self.estate.lower()}-handler", f'"{self.estate}"'})

    def hidden(self, text: str) -> str:
        """`text` without the names of these things, so that answers about different things can be compared."""
        names = (self.number, self.order, self.approval, self.callback, self.party, self.staff)
        for name in (self.path, *names, self.another, self.link, self.suggested, self.estate):
            text = text.replace(name, "*")
        return text


#: What nobody has ever heard of, below the region of nobody.
UNKNOWN = Things(
    region="G/NONE",
    estate="N1",
    number="TS-20261122-ZZZZZZ",
    claim_code="XXXX-XXXX-XXXX",
    order="01a20000-0000-7000-8000-000000000001",
    approval="01a20000-0000-7000-8000-000000000009",
    callback="01a20000-0000-7000-8000-000000000002",
    attachment="01a20000-0000-7000-8000-00000000000a",
    party="01a20000-0000-7000-8000-000000000003",
    staff="01a20000-0000-7000-8000-000000000004",
    handler="01a20000-0000-7000-8000-000000000005",
    another="TS-20261122-YYYYYY",
    link="01a20000-0000-7000-8000-000000000007",
    suggested="TS-20261122-YYYYYY",
    letters=dict.fromkeys(CATALOGUE.services(), "01a20000-0000-7000-8000-000000000006"),
)


@dataclass(frozen=True)
class World:
    """Both subtrees; callers of tests belong to `own`."""

    installation: Installation
    own: Things
    foreign: Things

    def with_new_case(self) -> Things:
        """`own` with a complaint that nobody has touched yet."""
        number, claim_code = complain(self.installation, "E1")
        self.installation.carry()
        order = order_of(self.installation, number)["id"]
        return replace(
            self.own,
            number=number,
            claim_code=claim_code,
            order=order,
            link=_link(self.installation, number, self.own.another),
            suggested=_suggested(self.installation, number),
        )


def make_world(installation: Installation) -> World:
    """Fill an empty installation."""
    operator = installation.headers("operator", "G")
    _import(installation, "intake/estates", TREE, operator)
    installation.carry()
    _import(installation, "routing/departments", DEPARTMENTS, operator)
    own, foreign = (_things(installation, region, estate) for region, estate in _PLACES)
    return World(installation, own, foreign)


_PLACES = (("G/EAST", "E1"), ("G/WEST", "W1"))


def complain(installation: Installation, estate: str, **body: Any) -> tuple[str, str]:
    """Make a complaint of a resident; returns its number and claim code."""
    reporter = {"name": "王芳", "phone": "13800138000", "unit": "3-2-501"}
    sent = {"estate": estate, "channel": "web", "text": TEXT, "reporter": reporter, **body}
    receipt = installation.send("POST", "/api/intake/complaints", json=sent)
    assert receipt.status_code == 201, receipt.text
    return receipt.json["number"], receipt.json["claim_code"]


def order_of(installation: Installation, number: str) -> Mapping[str, Any]:
    """The work order of a complaint."""
    case = installation.send("GET", f"/api/routing/complaints/{number}", installation.headers("auditor"))
    assert case.status_code == 200, case.text
    order: Mapping[str, Any] = case.json["work_orders"][0]
    return order


def _things(installation: Installation, region: str, estate: str) -> Things:
    operator = installation.headers("operator", "G")
    path = f"{region}/{estate}"
    columns = "username,name,role,path,department,shifts,password"
    people = [
        f"{estate.lower()}-handler,赵建国,handler,{path},engineering,{_ALWAYS},linli-demo",
        f"{estate.lower()}-other,钱伟,handler,{path},cleaning,,",
    ]
    _import(installation, "routing/staff", "\n".join([columns, *people]), operator)
    installation.carry()
    policy = {"path": path, "version": 0, "content": {"grading": {"loss": 3000}}, "reason": "初次设定。"}
    director = installation.headers("director", "G")
    assert installation.send("PUT", "/api/routing/policies", director, json=policy).status_code == 200
    listed = installation.send("GET", "/api/routing/staff?page_size=100", operator).json["items"]
    ids = {person["username"]: person["id"] for person in listed}
    number, claim_code = complain(installation, estate)
    installation.carry()
    order = order_of(installation, number)
    assert order["assignee"] == ids[f"{estate.lower()}-handler"], order
    approval = _refused(installation, number)
    callback = _drive(installation, number, str(order["id"]))
    another, _ = complain(installation, estate)
    installation.carry()
    registered = installation.send("GET", f"/api/intake/complaints?q={number}", installation.headers("group"))
    return Things(
        region=region,
        estate=estate,
        number=number,
        claim_code=claim_code,
        order=str(order["id"]),
        approval=approval,
        callback=callback,
        attachment=_attached(installation, number, claim_code),
        party=registered.json["items"][0]["party_id"],
        staff=ids[f"{estate.lower()}-other"],
        handler=str(order["assignee"]),
        another=another,
        suggested=_suggested(installation, number),
        link=_link(installation, number, another),
        letters={name: _dead_letter(service, estate) for name, service in installation.services.items()},
    )


def _attached(installation: Installation, number: str, claim_code: str) -> str:
    """Attach a file as the complainant; returns its id."""
    path, claim = f"/api/intake/complaints/{number}/attachments", {"Claim-Code": claim_code}
    answer = installation.send("POST", path, claim, data=PDF)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def _link(installation: Installation, number: str, another: str) -> str:
    """Say that a complaint is a duplicate of another; returns the id of the link."""
    answer = installation.send(
        "POST",
        f"/api/routing/complaints/{number}/links",
        installation.headers("director", id="leader"),
        json={"kind": "duplicate_of", "other": another, "reason": "同一件事。"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json["links"][0]["id"])


def _suggested(installation: Installation, number: str) -> str:
    """A complaint of which it is suggested that it belongs with this one, once all were compared."""
    routing = installation.services["routing"]
    while routing.steps["routing.compare"]():
        pass
    path = f"/api/routing/complaints/{number}/suggestions"
    answer = installation.send("GET", path, installation.headers("auditor"))
    return str(answer.json["items"][0]["number"])


def _dead_letter(service: Service, estate: str) -> str:
    """Have a service give up a message; returns the id of its dead letter."""
    body = estate.encode()
    with service.on.database.begin() as work:
        dead_letters.bury(work.connection, service.on.service, DeadLetter("not_json", "", body, 1), work.now)
        letters = dead_letters.dead_letters
        return str(work.connection.scalar(select(letters.c.id).where(letters.c.body == body)))


def _refused(installation: Installation, number: str) -> str:
    """Ask that a complaint be found invalid, which is refused; returns the id of the request."""
    path = f"/api/routing/complaints/{number}"
    said = {"verdict": "invalid", "reasons": ["other"], "explanation": "经核实与物业无关。"}
    asking = installation.headers("receiver", id="asking")
    asked = installation.send("POST", f"{path}/verification", asking, json=said)
    assert asked.status_code == 200, asked.text
    refusal = {"decision": "refuse", "reason": "属于我方责任。"}
    refused = installation.send(
        "POST", f"{path}/close-approval", installation.headers("head", id="deciding"), json=refusal
    )
    assert refused.status_code == 200, refused.text
    return str(refused.json["approvals"][0]["id"])


def _drive(installation: Installation, number: str, order: str) -> str:
    """Take a complaint to its resolution; returns the id of its callback task."""
    director = installation.headers("director", id="leader")
    for step in ("accept", "answer", "arrive", "resolve", "sign-off"):
        body = {"note": "已处理。"} if step != "sign-off" else {}
        by = director if step == "sign-off" else installation.headers("director", id="worker")
        done = installation.send("POST", f"/api/routing/work-orders/{order}/{step}", by, json=body)
        assert done.status_code == 200, done.text
    installation.carry()
    tasks = installation.send(
        "GET", f"/api/notification/callbacks?number={number}", installation.headers("auditor")
    )
    return str(tasks.json["items"][0]["id"])


def _import(installation: Installation, what: str, rows: str, headers: Mapping[str, str]) -> None:
    answer = installation.send(
        "POST", f"/api/{what}/import", headers, data=rows.encode(), content_type="text/csv"
    )
    assert answer.status_code == 200, answer.text

"""Severity of real cases: what they are registered with, what raises them, and that nobody lowers one silently."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.chassis.database import Database
from services.chassis.events import Event
from services.chassis.testing.clock import DEFAULT_START
from services.chassis.testing.services import make_event
from services.routing.domain.severity import Fact, FactName
from services.routing.policy.holding import Policies
from services.routing.public_holidays import public_holidays
from services.routing.rule_pack import load_rule_pack
from services.routing.storage.tables import case_facts, cases, timeline
from services.routing.usecases.context import Rules
from services.routing.usecases.grading import Found, add_facts
from services.routing.usecases.regimes import Regimes
from tests.integration.routing.conftest import Caller, Published, Rows, SetPolicy, Tell, registered

NUMBER = "TS-20261122-AAAAAA"
FACTS = f"/api/routing/complaints/{NUMBER}/facts"
CLASSIFICATION = f"/api/routing/complaints/{NUMBER}/classification"
CASE = f"/api/routing/complaints/{NUMBER}"


def supplemented(text: str, version: int = 2) -> Event:
    """The complainant adds something."""
    data = {"number": NUMBER, "text": text, "at": DEFAULT_START + timedelta(minutes=version)}
    return make_event(
        "complaint.supplemented", NUMBER, data, source="intake", version=version, estate="cuihu"
    )


def severity(rows: Rows) -> tuple[str, str]:
    """Of the one case, with the rule."""
    (case,) = rows(cases)
    return case["severity"], case["severity_rule"]


def report(client: FlaskClient, headers: dict[str, str], *facts: dict[str, Any]) -> Any:
    return client.post(FACTS, json={"facts": list(facts), "reason": "电视台来电询问。"}, headers=headers)


@pytest.mark.parametrize(
    ("given", "severity", "rule", "facts"),
    [
        ({}, "minor", "none", []),  # R70
        ({"channel": "letter"}, "important", "written", ["written"]),  # R66
        ({"channel": "government"}, "important", "transferred_from", ["transferred_from"]),  # R28, R66
        ({"channel": "media"}, "major", "media", ["media"]),  # R61
        ({"text": "再不修电梯我就找媒体曝光"}, "major", "media", ["media"]),  # R61
        ({"text": "电梯坏了，业主已经拉横幅，影响恶劣"}, "major", "bad_influence", ["bad_influence"]),  # R62
        ({"text": "电梯门夹伤了孩子的手"}, "major", "injury", ["injury"]),  # R63
        ({"text": "楼上漏水，家具损失约两万元"}, "major", "loss", ["loss"]),  # R63
        ({"text": "楼上漏水，损失300元"}, "minor", "none", ["loss"]),  # R63
        ({"text": "停车收费的律师函已寄出"}, "major", "claim_letter", ["claim_letter"]),  # R64
        ({"text": "我们12户联名投诉电梯"}, "major", "group_households", ["group_households"]),  # R60
        ({"text": "物业整体服务质量太差，形同虚设"}, "important", "overall_level", ["overall_level"]),  # R67
        ({"text": "保安态度恶劣，骂人"}, "important", "staff_conduct", ["staff_conduct"]),  # R68
        ({"text": "电梯维修的人收红包吃回扣"}, "important", "staff_conduct", ["staff_conduct"]),  # R68
    ],
)
def test_a_complaint_is_graded_by_what_is_known_at_once(
    tell: Tell,
    staff: dict[str, str],
    told: Published,
    rows: Rows,
    given: dict[str, Any],
    severity: str,
    rule: str,
    facts: list[str],
) -> None:
    tell(registered(NUMBER, **given))

    (case,) = rows(cases)
    (classified,) = told("complaint.classified")
    assert (case["severity"], case["severity_rule"]) == (severity, rule)
    assert (classified.data["severity"], classified.data["severity_rule"]) == (severity, rule)
    assert [row["name"] for row in rows(case_facts)] == facts
    entry = rows(timeline)[0]["details"]
    assert [fact["name"] for fact in entry["severity_facts"]] == facts


def test_figures_and_lists_are_those_of_the_place(
    tell: Tell, staff: dict[str, str], rows: Rows, set_policy: SetPolicy
) -> None:
    set_policy({"grading": {"loss": 100, "channels": {"written": ["email"]}}}, "linli/east/cuihu")

    for estate in ("cuihu", "binjiang"):
        tell(registered(f"{estate}-1", estate=estate, text="楼上漏水，损失300元"))
        tell(registered(f"{estate}-2", estate=estate, channel="email"))

    assert {case["number"]: case["severity"] for case in rows(cases)} == {
        "cuihu-1": "major",
        "cuihu-2": "important",
        "binjiang-1": "minor",
        "binjiang-2": "minor",
    }


def test_a_later_fact_raises_with_rule_facts_and_time(
    tell: Tell, staff: dict[str, str], told: Published, rows: Rows
) -> None:
    tell(registered(NUMBER, channel="letter"))

    tell(supplemented("孩子被电梯门夹伤，已经送医。"))
    tell(supplemented("孩子被电梯门夹伤，已经送医。", version=3))

    assert severity(rows) == ("major", "injury")
    _, raised = told("complaint.classified")
    assert (raised.data["severity"], raised.data["severity_facts"]) == ("major", ["injury"])
    assert raised.data["category"] == "facility.lift"
    of_the_case = [each for each in rows(timeline) if not each["entry"].startswith("clock_")]
    found, change = of_the_case[-3:-1]
    assert (found["entry"], found["details"]["rule"]) == ("fact_found", "severity.injury")
    assert change["details"] == {
        "severity": "major",
        "severity_rule": "injury",
        "severity_facts": ["injury"],
        "severity_before": "important",
    }


def test_what_a_person_reports_raises(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, rows: Rows
) -> None:
    tell(registered(NUMBER))

    answer = report(client, caller("handler", id="worker"), {"name": "media"}, {"name": "loss", "value": 800})

    assert answer.status_code == 200, answer.text
    assert (answer.json["severity"], answer.json["severity_rule"]) == ("major", "media")
    assert [(fact["name"], fact["value"], fact["by"]) for fact in answer.json["facts"]] == [
        ("media", True, "worker"),
        ("loss", 800, "worker"),
    ]
    assert report(client, caller("handler"), {"name": "media"}).json["facts"] == answer.json["facts"]


@pytest.mark.parametrize(
    "fact",
    [
        {"name": "loss"},
        {"name": "loss", "value": 0},
        {"name": "loss", "value": "12"},
        {"name": "group_households", "value": True},
        {"name": "media", "value": 3},
        {"name": "transferred_from", "value": "somebody"},
        {"name": "sent_back"},
        {"name": "weather"},
    ],
)
def test_a_fact_that_cannot_be_is_refused(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, fact: dict[str, Any]
) -> None:
    tell(registered(NUMBER))

    assert report(client, caller(), fact).status_code == 422


def test_only_a_person_lowers_and_a_later_fact_raises_again(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, rows: Rows, told: Published
) -> None:
    tell(registered(NUMBER, channel="media"))

    lowered = client.post(
        CLASSIFICATION, json={"severity": "minor", "reason": "记者误会，已澄清。"}, headers=caller(id="chief")
    )
    known_again = report(client, caller(), {"name": "media"})
    raised = report(client, caller(), {"name": "written"})

    assert lowered.status_code == 200, lowered.text
    assert (lowered.json["severity"], lowered.json["severity_rule"]) == ("minor", "person")
    assert known_again.json["severity"] == "minor"
    assert (raised.json["severity"], raised.json["severity_rule"]) == ("important", "written")
    decision = told("complaint.classified")[1]
    assert (decision.data["severity"], decision.data["by"]) == ("minor", "chief")
    assert decision.data["reason"] == "记者误会，已澄清。"
    assert [row["name"] for row in rows(case_facts)] == ["media", "overruled", "written"]


def test_a_decision_that_changes_nothing_is_told_so(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller
) -> None:
    tell(registered(NUMBER))

    same = client.post(CLASSIFICATION, json={"severity": "minor", "reason": "确认。"}, headers=caller())

    assert (same.status_code, same.json["code"]) == (409, "classification_unchanged")


def test_a_corrected_category_can_be_a_fact(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller
) -> None:
    tell(registered(NUMBER))
    body = {"category": "service.attitude", "reason": "投诉的是电梯维修员的态度。"}

    raised = client.post(CLASSIFICATION, json=body, headers=caller())
    back = client.post(
        CLASSIFICATION, json={"category": "facility.lift", "reason": "还是电梯。"}, headers=caller()
    )

    assert (raised.json["severity"], raised.json["severity_rule"]) == ("important", "staff_conduct")
    assert back.json["severity"] == "important"


def test_who_decides_on_category_and_severity_has_weighed_both(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller
) -> None:
    tell(registered(NUMBER, channel="letter"))
    body = {"category": "service.attitude", "severity": "minor", "reason": "小误会。"}

    answer = client.post(CLASSIFICATION, json=body, headers=caller())

    assert (answer.json["category"], answer.json["severity"]) == ("service.attitude", "minor")


def test_a_looser_policy_lowers_nothing(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    tell(registered(NUMBER, text="楼上漏水，损失约9000元"))
    set_policy({"grading": {"loss": 50_000}})

    answer = report(client, caller(), {"name": "written"})

    assert (answer.json["severity"], answer.json["severity_rule"]) == ("major", "loss")


@pytest.mark.parametrize(
    "order",
    list(itertools.permutations((FactName.INJURY, FactName.WRITTEN, FactName.MEDIA))),
    ids=lambda order: "-".join(order),
)
def test_facts_end_the_same_in_any_order(
    database: Database,
    tell: Tell,
    staff: dict[str, str],
    rules: Rules,
    rows: Rows,
    order: tuple[FactName, ...],
) -> None:
    tell(registered(NUMBER))

    for name in order:
        with database.begin() as work:
            add_facts(work, rules, [Found(NUMBER, Fact(name), "person")])

    assert severity(rows) == ("major", "media")


def test_cases_show_the_words_of_their_operator(
    tell: Tell, staff: dict[str, str], client: FlaskClient, caller: Caller, set_policy: SetPolicy
) -> None:
    set_policy({"labels": {"grades": "simple_complex_major"}})  # R56
    tell(registered(NUMBER, channel="letter"), registered("TS-20261122-BBBBBB"))
    chinese, english = ({**caller(), "Accept-Language": language} for language in ("zh", "en"))

    one = client.get(CASE, headers=chinese).json
    listed = client.get("/api/routing/complaints?severity=important", headers=english).json["items"]

    assert (one["severity_label"], one["urgency_label"]) == ("复杂", "一般")
    assert [(case["number"], case["severity_label"]) for case in listed] == [(NUMBER, "Complex")]


@pytest.fixture
def rules(database: Database, platform: Any, settings: Any) -> Rules:
    """What decides, as the worker has it."""
    policies = Policies(database.read, platform.clock)
    return Rules(
        pack=load_rule_pack(),
        policies=policies,
        regimes=Regimes(policies.of, public_holidays),
        metrics=None,  # type: ignore[arg-type]
    )

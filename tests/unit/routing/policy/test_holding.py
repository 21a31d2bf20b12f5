"""What holds where: each place has the sections of those above it, as its own documents change them."""

from __future__ import annotations

from structlog.testing import capture_logs

from services.routing.policy.holding import Documents


def test_a_place_without_documents_has_what_ships() -> None:
    policy = Documents({}).of("g/r/e")

    assert (policy.grading.group_households, policy.grading.majority) == (3, 0.5)  # R60, R71
    assert policy.grading.loss == 5000  # R63
    assert policy.roles.responsible.major == "director"  # R93
    assert policy.roles.responsible.minor == "head"  # R94
    assert policy.roles.appointed == ("urgent",)  # R98


def test_values_come_from_the_nearest_document_above() -> None:
    documents = Documents(
        {
            "g": {"grading": {"loss": 9000, "group_households": 5}},
            "g/r": {"grading": {"loss": 7000}},
            "g/r/e": {"grading": {"channels": {"written": ["email"]}}},
        }
    )

    assert documents.of("g").grading.loss == 9000
    assert documents.of("g/other").grading.loss == 9000
    here = documents.of("g/r/e").grading
    assert (here.loss, here.group_households, here.channels.written) == (7000, 5, ("email",))
    assert here.channels.media == ("media",)
    assert documents.of("h").grading.loss == 5000


def test_a_place_is_not_above_another_whose_code_begins_alike() -> None:
    assert Documents({"g/e": {"grading": {"loss": 1}}}).of("g/east").grading.loss == 5000


def test_places_with_the_same_documents_share_one_policy() -> None:
    documents = Documents({"g": {"grading": {"loss": 1}}})

    assert documents.of("g/a") is documents.of("g/b")
    assert documents.of("g/a").labels is documents.of("h").labels


def test_a_section_this_version_cannot_read_stays_as_it_is_above() -> None:
    documents = Documents(
        {
            "g": {"grading": {"loss": 9000}},
            "g/e": {"grading": {"loss": "much"}, "of_a_later_version": {}, "roles": {"appointed": []}},
        }
    )

    with capture_logs() as logs:
        policy = documents.of("g/e")

    assert (policy.grading.loss, policy.roles.appointed) == (9000, ())
    assert [(log["event"], log["section"]) for log in logs] == [
        ("policy_section_unusable", "grading"),
        ("policy_section_unusable", "of_a_later_version"),
    ]

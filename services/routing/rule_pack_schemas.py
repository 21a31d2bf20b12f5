"""The shape of a rule pack's YAML files; `Rule` and `Category` of the domain say what the fields mean."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.routing.domain.rules import Urgency
from services.routing.domain.severity import FactName
from services.routing.domain.vocabulary import ANY_ENDING, SHORTEST

#: Weights beyond this would let one word outvote a whole text.
HEAVIEST: Final = 10.0

#: Facts that words can tell; the others are known by channels, by links or by callbacks.
TOLD_BY_WORDS: Final = (
    FactName.GROUP_HOUSEHOLDS,
    FactName.MEDIA,
    FactName.BAD_INFLUENCE,
    FactName.INJURY,
    FactName.LOSS,
    FactName.CLAIM_LETTER,
    FactName.OVERALL_LEVEL,
    FactName.STAFF_CONDUCT,
)

_CODE: Final = validate.Regexp(
    r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$",
    error="Write small letters, digits and underscores, parts joined by a dot, such as facility.lift.",
)


def _check_word(word: str) -> None:
    letters = word.removesuffix(ANY_ENDING)
    if len(letters.strip()) < SHORTEST:
        raise ValidationError(f"The word {word!r} is too short: give at least {SHORTEST} characters.")
    if letters != letters.strip():
        raise ValidationError(f"The word {word!r} has blanks around it: remove them.")


def _words() -> fields.List[str]:
    return fields.List(fields.String(validate=_check_word), load_default=list)


class LabelSchema(Schema):
    """A name in both languages."""

    zh = fields.String(required=True, validate=validate.Length(min=1))
    en = fields.String(required=True, validate=validate.Length(min=1))


class CategorySchema(LabelSchema):
    """A category and the department that takes it."""

    department = fields.String(required=True)


class PackSchema(Schema):
    """`pack.yaml`."""

    version = fields.String(required=True, validate=validate.Length(min=1, max=40))
    departments = fields.Dict(fields.String(validate=_CODE), fields.Nested(LabelSchema), required=True)
    groups = fields.Dict(fields.String(validate=_CODE), fields.Nested(LabelSchema), required=True)
    categories = fields.Dict(fields.String(validate=_CODE), fields.Nested(CategorySchema), required=True)
    neutral = _words()
    variants = fields.Dict(
        fields.String(validate=validate.Length(equal=1)),
        fields.String(validate=validate.Length(equal=1)),
        load_default=dict,
    )


class RuleSchema(Schema):
    """One rule: at least one word in `any` or `all`, and one of `category`, `urgency` and `fact`."""

    id = fields.String(required=True, validate=_CODE)
    title = fields.Nested(LabelSchema, required=True)
    any = _words()
    all = _words()
    none = _words()
    when = fields.String(validate=validate.Length(min=1))
    category = fields.String()
    urgency = fields.String(validate=validate.OneOf([urgency.value for urgency in Urgency]))
    fact = fields.String(validate=validate.OneOf([fact.value for fact in TOLD_BY_WORDS]))
    weight = fields.Float(load_default=1.0, validate=validate.Range(min=0, min_inclusive=False, max=HEAVIEST))

    @validates_schema
    def _has_words_and_one_outcome(self, data: dict[str, Any], **_: Any) -> None:
        if not data["any"] and not data["all"]:
            raise ValidationError("The rule has no words. List at least one in 'any' or 'all'.")
        if len(data.keys() & {"category", "urgency", "fact"}) != 1:
            raise ValidationError("Give the rule a 'category', an 'urgency' or a 'fact', one of the three.")

"""What intake publishes: estates, complaints as they were made, and contact data."""

from __future__ import annotations

from marshmallow import fields

from services.contracts.fields import EventSchema, code, count, instant, string
from services.contracts.vocabulary import Channel, Kind, Purpose, Satisfaction

#: Longest text of a complaint, in characters (DESIGN §6); masking may lengthen it a little.
LONGEST_TEXT = 12_000


class EstateChanged(EventSchema):
    """An estate exists, or its name, place in the tree, zone or size changed. Subject: the estate's code.

    `path` is the materialised path of codes, joined by `/`, from the group down to the estate.
    """

    code = string()
    name = string()
    path = string(longest=1000)
    zone = string()
    group = string()
    group_name = string()
    region = string(required=False)
    region_name = string(required=False)
    households_total = count()
    households_occupied = count()


class History(EventSchema):
    """What the records of another system, taken over by the mapping `source`, say of a complaint (DESIGN §2.11).

    `category` is a path of names joined by `/`, in which a name spells `/` as `~1` and `~` as `~0` (RFC 6901). `place` is
    taken as it stands there, `result` is masked. `channel` is that system's own word, where it is none of ours. What is not
    known is None.
    """

    source = string()
    category = string()
    place = string(longest=500, required=False)
    channel = string(required=False)
    result = string(longest=LONGEST_TEXT, required=False)
    answered_at = instant(required=False)
    resolved_at = instant(required=False)
    closed_at = instant(required=False)


class ComplaintRegistered(EventSchema):
    """A complaint is on the register (R40). Subject: its number.

    `text`, `demand` and `location` have telephone, e-mail and id numbers masked (DESIGN §2.8). `received_at` is when it
    reached us, `recorded_at` when it was written down (R37). `receiver` is who took it, for ever (R6). `unhappy_with` is
    the number of an earlier complaint whose handling the complainant is unhappy with (R69). `history` is there only with a
    complaint of the past, and then is all that is ever decided about it.
    """

    number = string()
    estate = string()
    path = string(longest=1000)
    channel = code(Channel)
    kind = code(Kind)
    text = string(longest=LONGEST_TEXT)
    demand = string(longest=LONGEST_TEXT, required=False)
    location = string(longest=500, required=False)
    category = string(required=False)
    received_at = instant()
    recorded_at = instant()
    anonymous = fields.Boolean(required=True)
    party_id = string(required=False)
    household_id = string(required=False)
    receiver = string(required=False)
    call_id = string(required=False)
    unhappy_with = string(required=False)
    history = fields.Nested(History, allow_none=True, load_default=None)


class ComplaintSupplemented(EventSchema):
    """The complainant added something; `text` is masked."""

    number = string()
    text = string(longest=LONGEST_TEXT)
    at = instant()


class ComplaintAttached(EventSchema):
    """A file was attached, which intake keeps; `by` is the staff id of who did so, None for the complainant."""

    number = string()
    attachment = string()
    purpose = code(Purpose)
    by = string(required=False)
    at = instant()


class ComplaintWithdrawn(EventSchema):
    """The complainant took the complaint back."""

    number = string()
    reason = string(longest=2000, required=False)
    at = instant()


class ComplaintRated(EventSchema):
    """The complainant said how satisfied he is with the result (R135)."""

    number = string()
    satisfaction = code(Satisfaction)
    comment = string(longest=LONGEST_TEXT, required=False)
    at = instant()


class ContactRecorded(EventSchema):
    """How to reach a person; the only event with personal data (DESIGN §2.8). Subject: the party's id.

    `role` tells residents from staff. `phone` is E.164 where it could be parsed. `language` is `zh` or `en`.
    """

    party_id = string()
    role = string()
    name = string(required=False)
    phone = string(required=False)
    email = string(required=False)
    language = string()
    path = string(longest=1000)


class ContactErased(EventSchema):
    """Everything known of a person is to be deleted, archives included. Subject: the party's id."""

    party_id = string()

"""What the consent of a second person leads to, by the kind of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.routing.domain.approvals import Kind
from services.routing.usecases.abnormal_closing import close_abnormally
from services.routing.usecases.approvals import Effect
from services.routing.usecases.compensation import compensate
from services.routing.usecases.consents import give_answer
from services.routing.usecases.verification import find_invalid

EFFECTS: Final[Mapping[Kind, Effect]] = {
    Kind.INVALID: find_invalid,
    Kind.ABNORMAL_CLOSE: close_abnormally,
    Kind.ANSWER: give_answer,
    Kind.COMPENSATION: compensate,
}

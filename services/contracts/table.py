"""The one table of events: who publishes, who consumes. Everything about topology is derived from it."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts import intake, notification, platform, routing
from services.contracts.fields import EventSchema

SERVICES = ("intake", "routing", "notification", "analytics")


@dataclass(frozen=True)
class EventType:
    """One event: its name is the routing key. Publishers and consumers are names of services.

    The data of a `personal` event say who somebody is: its publisher archives that it was sent, not what it said. An event
    `of_estate` says in its envelope which estate it is about, and is bad without it.
    """

    name: str
    schema: type[EventSchema]
    publishers: tuple[str, ...]
    consumers: tuple[str, ...]
    version: int = 1
    personal: bool = False
    of_estate: bool = True


TABLE: tuple[EventType, ...] = (
    EventType("estate.changed", intake.EstateChanged, ("intake",), ("routing", "notification", "analytics")),
    EventType(
        "complaint.registered",
        intake.ComplaintRegistered,
        ("intake",),
        ("routing", "notification", "analytics"),
    ),
    EventType("complaint.attached", intake.ComplaintAttached, ("intake",), ("routing",)),
    EventType("complaint.supplemented", intake.ComplaintSupplemented, ("intake",), ("routing",)),
    EventType("complaint.withdrawn", intake.ComplaintWithdrawn, ("intake",), ("routing", "analytics")),
    EventType("complaint.rated", intake.ComplaintRated, ("intake",), ("routing", "analytics")),
    EventType(
        "contact.recorded",
        intake.ContactRecorded,
        ("intake", "routing"),
        ("notification",),
        personal=True,
        of_estate=False,
    ),
    EventType("contact.erased", intake.ContactErased, ("intake",), ("notification",)),
    EventType(
        "staff.changed",
        routing.StaffChanged,
        ("routing",),
        ("intake", "notification", "analytics"),
        of_estate=False,
    ),
    EventType("complaint.classified", routing.ComplaintClassified, ("routing",), ("analytics",)),
    EventType(
        "complaint.verified", routing.ComplaintVerified, ("routing",), ("intake", "notification", "analytics")
    ),
    EventType("complaint.answered", routing.ComplaintAnswered, ("routing",), ("intake", "analytics")),
    EventType("complaint.proposed", routing.ComplaintProposed, ("routing",), ("intake",)),
    EventType(
        "complaint.resolved", routing.ComplaintResolved, ("routing",), ("intake", "notification", "analytics")
    ),
    EventType(
        "complaint.closed", routing.ComplaintClosed, ("routing",), ("intake", "notification", "analytics")
    ),
    EventType(
        "complaint.reopened", routing.ComplaintReopened, ("routing",), ("intake", "notification", "analytics")
    ),
    EventType("complaint.linked", routing.ComplaintLinked, ("routing",), ("intake",)),
    EventType(
        "workorder.assigned", routing.WorkOrderAssigned, ("routing",), ("intake", "notification", "analytics")
    ),
    EventType("workorder.accepted", routing.WorkOrderStep, ("routing",), ("intake",)),
    EventType("workorder.arrived", routing.WorkOrderStep, ("routing",), ("intake",)),
    EventType("workorder.progressed", routing.WorkOrderStep, ("routing",), ("intake",)),
    EventType("workorder.resolved", routing.WorkOrderStep, ("routing",), ("intake",)),
    EventType("workorder.signed_off", routing.WorkOrderStep, ("routing",), ("intake",)),
    EventType("workorder.transferred", routing.WorkOrderStep, ("routing",), ("intake",)),
    EventType("complaint.escalated", routing.ComplaintEscalated, ("routing",), ("notification",)),
    EventType("clock.breached", routing.ClockBreached, ("routing",), ("analytics",)),
    EventType("clock.changed", routing.ClockChanged, ("routing",), ("analytics",)),
    EventType(
        "callback.completed", notification.CallbackCompleted, ("notification",), ("routing", "analytics")
    ),
    EventType(
        "replay.requested",
        platform.ReplayRequested,
        ("analytics",),
        ("intake", "routing", "notification"),
        of_estate=False,
    ),
    EventType(
        "replay.finished",
        platform.ReplayFinished,
        ("intake", "routing", "notification"),
        ("analytics",),
        of_estate=False,
    ),
    EventType("stream.sealed", platform.StreamSealed, SERVICES, SERVICES, of_estate=False),
    EventType("stream.missing", platform.StreamMissing, SERVICES, SERVICES, of_estate=False),
)

"""analytics counts complaints (R182-R191, R193, R195). It decides nothing and is told everything by events.

Owns: one fact for each complaint, cells that they are counted into, its copy of the estates, the figures of the exporter.
Consumes: `estate.changed`, `staff.changed`, `callback.completed`, `clock.breached`, `clock.changed`, `workorder.assigned`,
`replay.finished`, and of `complaint.*`: registered, withdrawn, rated, classified, verified, answered, resolved, closed,
reopened.
Publishes: `replay.requested`.

Every row but those of the exporter belongs to a generation, so that a rebuild starts from nothing (DESIGN §2.13). A fact is
merged from events in any order: each group of its columns takes the earliest instant, or the newest version of one source.
"""

"""Notification: tells residents and staff what happens to a complaint, and has residents called back at its end.

Owns: its copy of contacts and estates, deliveries (one per event, receiver and channel, ever), callback tasks and their
attempts, the record of who looked at a contact.

Consumes: `estate.changed`, `staff.changed`, `contact.recorded`, `contact.erased`, `complaint.registered`,
`complaint.verified`, `complaint.escalated`, `workorder.assigned`, `complaint.resolved`, `complaint.closed`,
`complaint.reopened`, `replay.requested`.

Publishes: `callback.completed`, `replay.finished`.
"""

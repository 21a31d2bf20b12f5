"""Routing: departments, staff, rules and clocks; it classifies complaints and carries their work orders.

Owns: its copy of the estates, departments, staff and shifts, sign-ins, the rule pack, policies, cases with
timeline, work orders, approvals, clocks, repeats and links.
Consumes: `estate.changed` `complaint.registered` `complaint.supplemented` `complaint.withdrawn` `complaint.rated`
`callback.completed` `replay.requested`.
Publishes: `staff.changed` `contact.recorded` (of its staff) `complaint.classified` `complaint.verified`
`complaint.answered` `complaint.resolved` `complaint.closed` `complaint.reopened` `complaint.linked` `workorder.assigned`
`workorder.accepted`
`workorder.arrived` `workorder.progressed` `workorder.resolved` `workorder.signed_off` `workorder.transferred`
`complaint.escalated` `clock.breached` `clock.changed` `replay.finished`.
"""

"""Intake: the tenant tree, who lives there, and what complainants said.

Owns: tree nodes, households, parties (the source of residents' contact data), complaints as they were made, attachments,
supplements, ratings, the progress a resident sees, and which rows of other systems' records were taken over.
Consumes: `staff.changed`, what routing publishes of a case (`workorder.*`, `complaint.verified`, `.answered`, `.resolved`,
`.reopened`, `.closed`, `.linked`), `replay.requested`.
Publishes: `estate.changed`, `complaint.registered`, `.attached`, `.supplemented`, `.withdrawn`, `.rated`,
`contact.recorded`, `contact.erased`, `replay.finished`.
"""

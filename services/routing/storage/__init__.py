"""Routing's tables and every query on them. Lists and look-ups of staff's clients are bounded by a `scope`."""

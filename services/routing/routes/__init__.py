"""The HTTP surface of routing (DESIGN §6)."""

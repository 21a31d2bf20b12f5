"""Policy: what the rules of the trade leave to the operator, one frozen dataclass a section (kind C of the rules)."""

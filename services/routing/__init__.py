"""Routing: departments, staff, rules and clocks; it classifies complaints and carries their work orders."""

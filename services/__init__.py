"""Linli: four services that carry a complaint from receipt to the figures, and what they stand on."""

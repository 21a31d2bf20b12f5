"""Rules of intake; the standard library only."""

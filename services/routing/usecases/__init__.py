"""What routing does, each in one unit of work; no framework."""

"""What notification does: each takes a unit of work and values; none knows of HTTP or of a queue."""

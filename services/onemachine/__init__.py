"""`linli up`, `linli down`, `linli reset`: the production shape on one machine (DESIGN §3).

RabbitMQ, PostgreSQL, the topology, then `web` and `worker` of each service as processes of their own, and a gateway in front
as an ingress would be. Every process has its own environment, with its own database and broker user and no secret of another's.
"""

from __future__ import annotations

from services.onemachine.cli import down, reset, up

__all__ = ["down", "reset", "up"]

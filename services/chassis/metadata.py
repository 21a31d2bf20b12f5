"""The one MetaData on which every table of the chassis is defined.

Each service database holds all of these tables beside the service's own; `chassis/migrations` creates them.
"""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()

"""Lists that tests import, and the answers to them."""

from __future__ import annotations

from typing import Any

TREE = """\
code,kind,name,parent,zone
G,group,绿城集团,,Asia/Shanghai
EAST,region,东区,G,
WEST,region,西区,G,
E1,estate,翠苑花园,EAST,
E2,estate,桂花城,EAST,
W1,estate,湖畔居,WEST,Asia/Urumqi
"""

HOMES = """\
estate,unit,occupied,name,phone,email,language
E1,3栋2单元501室,是,王芳,138 0013 8000,,
E1,3-2-502,否,,,,
E1,3-2-503,是,John Smith,,john@example.com,en
W1,1-101,是,李明,13900139000,,
"""


def field_errors(response: Any) -> dict[str, str]:
    """The field errors of a 422, by field."""
    assert response.status_code == 422, response.text
    return {error["field"]: error["message"] for error in response.json.get("errors", [])}

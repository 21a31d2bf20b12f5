"""What is printed once everything answers: where to look."""

from __future__ import annotations

import sys

from services.onemachine.plan import GATEWAY, Installation, Role


def welcome(installation: Installation, roles: list[Role]) -> str:
    """The addresses of this installation, without any password."""
    front = next(role.url for role in roles if role.name == GATEWAY)
    env = installation.settings.folder / "env"
    program = sys.argv[0]
    documents = [f"    {front}/api/{name}/openapi.json" for name in installation.database_urls]
    metrics = [f"    {role.url}/metrics  {role.name}" for role in roles]
    management = installation.servers.management_url().rpartition("@")[2]
    return "\n".join(
        [
            "",
            f"邻里已就绪 | Linli is ready: {front}",
            "  接口文档 | OpenAPI documents",
            *documents,
            f"  指标统计 | KPIs: {front}/api/analytics/kpis",
            f"  消息队列管理界面 | RabbitMQ management: {management}",
            "  监控 | metrics",
            *metrics,
            f"  创建账号 | create an account: {program} --env-file {env} accounts create --help",
            f"  停止 | stop: Ctrl-C, {program} down",
            "",
        ]
    )

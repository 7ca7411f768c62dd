"""Matrix, as one of the channels."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.matrix.config import MatrixConfig
from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel


def _configure(env: Mapping[str, str], table: Mapping[str, object]) -> MatrixConfig | None:
    return MatrixConfig.read(env, table)


def _build(config: MatrixConfig, tools: Tools) -> Channel:
    from adapters.matrix.channel import MatrixChannel

    return MatrixChannel(config, desk=tools.desk, notebook=tools.notebook, clock=tools.clock)


KIND = ChannelKind(
    "matrix",
    _configure,
    _build,
    switched_on_by=("MATRIX_TOKEN",),
    variables=("MATRIX_TOKEN", "MATRIX_HOMESERVER", "MATRIX_USER"),
    secrets=("MATRIX_TOKEN",),
)

"""Every channel that can be switched on by settings: ours, and those that other packages bring."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from bot.errors import ConfigError
from bot.ports.building import ChannelKind

OURS = (
    "adapters.slack.kind:KIND",
    "adapters.telegram.kind:KIND",
    "adapters.email.kind:KIND",
    "adapters.matrix.kind:KIND",
    "adapters.xmpp.kind:KIND",
    "adapters.phone.kind:KIND",
    "adapters.meta.kinds:WHATSAPP",
    "adapters.meta.kinds:MESSENGER",
    "adapters.meta.kinds:INSTAGRAM",
)
GROUP = "firstline.channels"  # entry points: name = "package.module:KIND"
TAKEN = ("web", "api", "webhook", "webhooks", "mirror", "inventory", "bot", "desk", "desks", "timer")  # names that ids begin with already


@cache
def kinds() -> Mapping[str, ChannelKind]:
    """By name, ours first. Raises ConfigError when a package brings something that is no channel."""
    found: dict[str, ChannelKind] = {}
    for place in OURS:
        module, _, name = place.partition(":")
        kind: ChannelKind = getattr(import_module(module), name)
        found[kind.name] = kind
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        kind = _loaded(point.name, point.load)
        if kind.name in found or kind.name in TAKEN:
            raise ConfigError(f"{point.value}: there is a channel named {kind.name} already; uninstall that package, or one of its version with another name")
        found[kind.name] = kind
    return found


def _loaded(name: str, load: object) -> ChannelKind:
    try:
        kind = load() if callable(load) else None
    except Exception as error:  # another's package: whatever is wrong with it, say which one it is
        raise ConfigError(f"{GROUP} {name}: the package cannot be loaded ({type(error).__name__}: {error}); mend it, or uninstall it") from error
    if not isinstance(kind, ChannelKind):
        raise ConfigError(f"{GROUP} {name}: it names no ChannelKind; see adapters/README.md")
    return kind

"""A directory, as settings say; the library that one kind needs is imported for it alone."""

from __future__ import annotations

from adapters.directory.config import DirectoryConfig
from bot.errors import ConfigError
from bot.ports.listing import DirectorySource


def source(config: DirectoryConfig) -> DirectorySource:
    """Not connected yet. Raises ConfigError."""
    if config.kind == "scim":
        from adapters.directory.scim import ScimDirectory

        return ScimDirectory(config)
    try:
        from adapters.directory.ldap import LdapDirectory
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "ldap3":
            raise
        raise ConfigError('DIRECTORY_URL is set, but ldap3 is not installed: `pip install "firstline[directory]"`, or leave DIRECTORY_URL empty') from error
    return LdapDirectory(config)

"""What a file is, for platforms that take some kinds alone: by its type, else by its name. Pure."""

from __future__ import annotations

from mimetypes import MimeTypes

from bot.domain.messages import Attachment

UNKNOWN = "application/octet-stream"
_KNOWN = MimeTypes()  # Python's own table: the same on every computer
_IN_WORDS = ("application/json", "application/xml", "application/x-sh", "application/x-yaml")
_ENDINGS = (".log", ".conf", ".ini", ".cfg", ".yaml", ".yml", ".md", ".toml", ".properties", ".sql")


def type_of(file: Attachment) -> str:
    """Its MIME type; of what is nothing but words always text/plain, which every platform shows."""
    mime = file.mime if file.mime != UNKNOWN else _KNOWN.guess_type(file.name)[0] or UNKNOWN
    if mime.startswith("text/") or mime in _IN_WORDS or (mime == UNKNOWN and file.name.lower().endswith(_ENDINGS)):
        return "text/plain"
    return mime

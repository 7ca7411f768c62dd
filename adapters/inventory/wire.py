"""What agents send and what they want to hear: zlib or plain, XML or JSON, each within limits.

A body is unpacked piece by piece and XML is read as it comes, so that a small body that would become a large one costs nobody memory.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal
from xml.parsers import expat

MOST_BYTES = 64 * 1024 * 1024  # of XML when it is unpacked; a real one has half a million
MOST_JSON = 16 * 1024 * 1024  # JSON is read at once
MOST_RATIO = 100  # times the size on the wire; real ones reach 17
AT_ONCE = 64 * 1024
DEEPEST = 16
LONGEST_TEXT = 2_000  # characters of a value that are read
MOST_VALUES = 1_000_000
PACKED = (b"\x78", b"\x1f\x8b")  # how zlib and gzip begin

Asked = Literal["prolog", "contact", "inventory", "other"]
Fields = dict[str, list[dict[str, str]]]


class Unreadable(Exception):
    """It is not what agents send: cut off, or not well formed, or with what no agent needs."""


class TooLarge(Exception):
    """It would become more than is read."""


@dataclass(slots=True)
class Told:
    """A request of an agent. sections: by name and field in small letters, as they stand in it. is_json, is_packed: how it came."""

    asked: Asked
    device: str = ""
    agent: str = ""
    tag: str = ""
    is_partial: bool = False
    is_json: bool = False
    is_packed: bool = False
    itemtype: str = ""
    sections: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent is told."""

    body: bytes
    media_type: str


def read(body: bytes) -> Told:
    """What a body says. Raises Unreadable, TooLarge."""
    is_packed = body.startswith(PACKED)
    pieces = _unpacked(body) if is_packed else iter([body])
    first = next(pieces, b"")
    told = _read_json(chain([first], pieces)) if first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else _read_xml(chain([first], pieces))
    told.is_packed = is_packed
    return told


def reply(told: Told, media_type: str, is_glpi: bool = False) -> Reply:
    """media_type: of the request; OCS and Fusion want their own back. is_glpi: GLPI Agent asks in XML whether it may go on in JSON."""
    if told.is_json or is_glpi:
        return Reply(json.dumps({"status": "ok", "expiration": 24}).encode(), "application/json")
    says = "<RESPONSE>SEND</RESPONSE><PROLOG_FREQ>24</PROLOG_FREQ>" if told.asked == "prolog" else "<RESPONSE>NO_ACCOUNT_UPDATE</RESPONSE>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<REPLY>{says}</REPLY>\n'.encode()
    if not told.is_packed:
        return Reply(body, "application/xml")
    return Reply(zlib.compress(body), "application/x-compress-zlib" if "zlib" in media_type else "application/x-compress")


def _unpacked(body: bytes) -> Iterator[bytes]:
    stream, left, done = zlib.decompressobj(wbits=47), body, 0  # 47: zlib or gzip, as it begins
    most = min(MOST_BYTES, MOST_RATIO * len(body))
    while not stream.eof:
        try:
            piece = stream.decompress(left, AT_ONCE)
        except zlib.error:
            raise Unreadable("not zlib") from None
        left, done = stream.unconsumed_tail, done + len(piece)
        if done > most:
            raise TooLarge
        if not piece and not left and not stream.eof:
            raise Unreadable("cut off")
        yield piece


# ------------------------------------------------------------------------------------------------------------------ XML
class _Xml:
    """<REQUEST><CONTENT><SECTION><FIELD>: what is deeper is left out, and what refers to something else is refused."""

    def __init__(self) -> None:
        self.told = Told("other")
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = self._values = 0
        self._query = ""
        self._key = ""
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data

    def read(self, pieces: Iterator[bytes]) -> Told:
        """All of it."""
        try:
            for piece in pieces:
                self._parser.Parse(piece, False)
            self._parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError):
            raise Unreadable("not XML") from None
        asked: dict[str, Asked] = {"PROLOG": "prolog", "INVENTORY": "inventory"}
        self.told.asked = asked.get(self._query, "other")
        return self.told

    def _refuse(self, *declared: object) -> int:
        raise Unreadable("a declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > DEEPEST or (len(self._path) == 1 and name != "REQUEST"):
            raise Unreadable("not a request")
        if len(self._path) == 3 and self._path[1] == "CONTENT":
            self.told.sections.setdefault(name.lower(), []).append({})
        self._values += 1
        if self._values > MOST_VALUES:
            raise TooLarge
        self._text, self._length = [], 0

    def _data(self, text: str) -> None:
        if self._length < LONGEST_TEXT:
            self._text.append(text)
            self._length += len(text)

    def _end(self, name: str) -> None:
        text, self._text = "".join(self._text).strip()[:LONGEST_TEXT], []
        match self._path:
            case [_, "QUERY"]:
                self._query = text
            case [_, "DEVICEID"]:
                self.told.device = text
            case [_, "CONTENT", "VERSIONCLIENT"]:
                self.told.agent = text
            case [_, "CONTENT", "ACCOUNTINFO", "KEYNAME"]:
                self._key = text
            case [_, "CONTENT", "ACCOUNTINFO", "KEYVALUE"] if self._key == "TAG":
                self.told.tag = text
            case [_, "CONTENT", section, _] if text:
                self.told.sections[section.lower()][-1][name.lower()] = text
        self._path.pop()


def _read_xml(pieces: Iterator[bytes]) -> Told:
    return _Xml().read(pieces)


# ----------------------------------------------------------------------------------------------------------------- JSON
def _read_json(pieces: Iterator[bytes]) -> Told:
    whole = bytearray()
    for piece in pieces:
        whole += piece
        if len(whole) > MOST_JSON:
            raise TooLarge
    try:
        said: Any = json.loads(whole.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(said, dict):
        raise Unreadable("not a request")
    asked: dict[str, Asked] = {"contact": "contact", "inventory": "inventory"}
    content = said.get("content")
    content = content if isinstance(content, dict) else {}
    return Told(
        asked.get(_text(said.get("action")), "other"),
        device=_text(said.get("deviceid")),
        agent=_text(content.get("versionclient")),
        tag=_text(said.get("tag")),
        is_partial=said.get("partial") is True or content.get("partial") is True,
        is_json=True,
        itemtype=_text(said.get("itemtype")),
        sections={name.lower(): _items(value) for name, value in content.items()},
    )


def _items(value: Any) -> list[dict[str, str]]:
    several = value if isinstance(value, list) else [value]
    return [{name.lower(): text for name, field_ in one.items() if (text := _text(field_))} for one in several if isinstance(one, dict)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip()[:LONGEST_TEXT] if isinstance(value, str) else ""

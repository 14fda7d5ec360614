"""Bytes of one stream become whole, redacted lines of text; what is beyond the ceiling is counted."""

import base64
import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import quote

from agents.contract import OutputLine

Stream = Literal["stdout", "stderr"]
MASK = b"[redacted]"
LONGEST_LINE = 64 * 1024


def _spellings(secret: str) -> set[bytes]:
    """A secret as it is, inside JSON, inside a URL, and alone in base64 (as an Authorization header would carry it)."""
    raw = secret.encode()
    coded = base64.b64encode(raw).rstrip(b"=")
    return {raw, json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode(), coded}


class Redactor:
    """Masks known values, also where a chunk ends in the middle of one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
        self._spellings = sorted(spellings, key=len, reverse=True)
        pattern = b"|".join(re.escape(spelling) for spelling in self._spellings)
        self._pattern = re.compile(pattern) if self._spellings else None
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        if self._pattern is None:
            return chunk
        data = self._held + chunk
        safe, end = [], 0
        hold_from = self._unfinished(data)
        for match in self._pattern.finditer(data):
            if match.start() >= hold_from:
                break
            safe += [data[end : match.start()], MASK]
            end = match.end()
        cut = max(end, hold_from)
        self._held = data[cut:]
        return b"".join([*safe, data[end:cut]])

    def flush(self) -> bytes:
        held, self._held = self._held, b""
        return self._pattern.sub(MASK, held) if self._pattern else held

    def _unfinished(self, data: bytes) -> int:
        """Where the tail begins that may still grow into a secret; the end when there is none."""
        longest = len(self._spellings[0])
        for start in range(max(0, len(data) - longest + 1), len(data)):
            tail = data[start:]
            if any(len(tail) < len(spelling) and spelling.startswith(tail) for spelling in self._spellings):
                return start
        return len(data)


class LineReader:
    """One stream: bytes in, text of whole lines out. A line without an end is cut at 64 KiB."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._redactor = Redactor(secrets)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, chunk: bytes) -> str | None:
        return self._lines(self._decoder.decode(self._redactor.feed(chunk)))

    def flush(self) -> str | None:
        """The last line, which had no end."""
        lines = self._lines(self._decoder.decode(self._redactor.flush(), final=True))
        rest, self._rest = self._rest, ""
        parts = [part for part in (lines, rest or None) if part is not None]
        return "\n".join(parts) if parts else None

    def _lines(self, text: str) -> str | None:
        # NUL is legal UTF-8, and nothing downstream (databases, terminals) can hold it.
        self._rest += text.replace("\x00", "\ufffd")
        whole, end, rest = self._rest.rpartition("\n")
        if len(rest) >= LONGEST_LINE:
            whole, end, rest = whole + end + rest, "\n", ""
        self._rest = rest
        return whole if end else None


class Output:
    """Both streams under one ceiling. What is beyond it is counted, not kept, and the reader is told so."""

    def __init__(self, secrets: Iterable[str], ceiling: int) -> None:
        secrets = tuple(secrets)
        self._readers: dict[Stream, LineReader] = {"stdout": LineReader(secrets), "stderr": LineReader(secrets)}
        self._ceiling = self._room = ceiling
        self.truncated_bytes = 0
        self.last_error = ""

    def feed(self, stream: Stream, chunk: bytes) -> Iterator[OutputLine]:
        kept, first = chunk[: self._room], not self.truncated_bytes
        self._room -= len(kept)
        self.truncated_bytes += len(chunk) - len(kept)
        if kept:
            yield from self._line(stream, self._readers[stream].feed(kept))
        if first and self.truncated_bytes:
            yield OutputLine(
                stream="board", text=f"The output passed {self._ceiling:,} bytes; the rest is only counted."
            )

    def flush(self) -> Iterator[OutputLine]:
        for stream, reader in self._readers.items():
            yield from self._line(stream, reader.flush())
        if self.truncated_bytes:
            yield OutputLine(stream="board", text=f"{self.truncated_bytes:,} bytes of output were not kept.")

    def _line(self, stream: Stream, text: str | None) -> Iterator[OutputLine]:
        if text is None:
            return
        if stream == "stderr":
            self.last_error = text.strip().rpartition("\n")[2][:300]
        yield OutputLine(stream=stream, text=text)

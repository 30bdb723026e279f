"""Words that more than one reader gets: what a result says, without anything that is not theirs to see."""

import re
from html import escape

from descent.checks.result import Result

# Not where an address goes on behind its "https:/".
_PATH = re.compile(r"(?<![\w.)\]])(?<!:/)(?:[A-Za-z]:)?(?:[/\\][\w.@+~-]+){2,}[/\\]?")


def clean(text: str, limit: int) -> str:
    """Text without folders of this machine and without control characters, cut to `limit` characters."""
    text = text[: 10 * limit]  # whatever its length, little work is done for it
    text = _PATH.sub(lambda match: re.split(r"[/\\]", match[0].rstrip("/\\"))[-1], text)
    return printable(text, limit)


def printable(text: str, limit: int) -> str:
    """Text without control characters, cut to `limit` characters."""
    if not text.replace("\n", "").isprintable():
        text = "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def html(text: str, limit: int) -> str:
    """The text, `clean` and escaped; what stands between back-ticks becomes code."""
    return marked_up(clean(text, limit))


def marked_up(text: str) -> str:
    """The text, escaped; what stands between back-ticks becomes code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))


def explained(result: Result) -> str:
    """What the result says, in one or two sentences."""
    said = " ".join(part for part in (result.message, result.detail) if part)
    return clean(said, 1000)


def number(x: float) -> str:
    """Marks, without needless digits: 2, 2.5, 0.25."""
    return f"{x:.2f}".rstrip("0").rstrip(".")


def so_many(x: float, noun: str) -> str:
    """A number and its noun: 1 point, 2.5 points."""
    return f"{number(x)} {noun}{'' if number(x) == '1' else 's'}"


def shortened(names: list[str], most: int = 10) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"

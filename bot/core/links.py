"""Where a link leads: the host that is asked, and the part of its name that somebody owns."""

from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList


@dataclass(frozen=True)
class Link:
    """A link's host as people read it, and as computers do where that is something else.

    `owner` is the end of the host that was registered: who owns it decides what is there. `disguised`:
    something before an @ looks like the host and is not.
    """

    host: str
    ascii_host: str
    owner: str
    disguised: bool = False

    @property
    def looks_alike(self) -> bool:
        """Whether letters other than Latin ones may look like Latin ones."""
        return self.host != self.ascii_host


def link_to(address: str) -> Link | None:
    """Where an address leads, with or without https:// before it; None where it names no host."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:  # brackets that do not close
        return None
    if not host:
        return None
    shown, asked = _in_letters(host), _in_ascii(host)
    return Link(shown, asked, _owner(shown), disguised=parts.username is not None)


def _owner(host: str) -> str:
    """The end of the host that somebody registered; the whole of an address of numbers, or of one word."""
    try:
        ip_address(host)
    except ValueError:
        return _suffixes().privatesuffix(host) or host
    return host


@cache
def _suffixes() -> PublicSuffixList:
    """The list of names under which anybody can register, as it came with the package."""
    return PublicSuffixList()


def _in_letters(host: str) -> str:
    try:
        return idna.decode(host, uts46=True)
    except UnicodeError:
        return host


def _in_ascii(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        return host

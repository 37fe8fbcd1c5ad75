"""Where a link leads: the whole host, who owns it, and what it is called where its letters look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.links import Link, link_to


@pytest.mark.parametrize(
    ("address", "host", "owner"),
    [
        ("https://wgpd.org/forum?x=1", "wgpd.org", "wgpd.org"),
        ("wgpd.org.evil.com", "wgpd.org.evil.com", "evil.com"),
        ("HTTPS://WWW.Moi.GOV.KH:8443/a", "www.moi.gov.kh", "moi.gov.kh"),
        ("http://wgpd.github.io", "wgpd.github.io", "wgpd.github.io"),
        ("http://10.0.0.7/login", "10.0.0.7", "10.0.0.7"),
        ("http://[2001:db8::1]/", "2001:db8::1", "2001:db8::1"),
        ("tg://resolve?domain=x", "resolve", "resolve"),
    ],
)
def test_where_it_leads(address: str, host: str, owner: str) -> None:
    """The host is told whole, with the part of it that was registered; an address of numbers as it is."""
    assert link_to(address) == Link(host, host, owner)


@pytest.mark.parametrize("address", ["https://wgрd.org", "https://xn--wgd-1ed.org"])
def test_look_alikes(address: str) -> None:
    """A letter of another alphabet is told in both forms, whichever was written."""
    link = link_to(address)
    assert link == Link("wgрd.org", "xn--wgd-1ed.org", "wgрd.org")
    assert link and link.looks_alike


def test_disguised() -> None:
    """What stands before an @ is not the host."""
    link = link_to("https://wgpd.org@evil.com/wgpd.org")
    assert link == Link("evil.com", "evil.com", "evil.com", disguised=True)


@pytest.mark.parametrize("address", ["", "http://", "http://[", "https://"])
def test_no_host(address: str) -> None:
    """What names no host leads nowhere."""
    assert link_to(address) is None


@given(st.text())
def test_anything(address: str) -> None:
    """No text breaks it."""
    link_to(address)

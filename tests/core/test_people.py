"""Roles, the first guess of a language, and the links that give a role."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.people import LANGUAGES, Language, Person, Role, digest_of, invite

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=ZoneInfo("Asia/Phnom_Penh"))


def person(role: Role = Role.PERSON, chosen: Language | None = None, client: str | None = None) -> Person:
    return Person(1, "សុខា", role, chosen, client)


def test_a_higher_role_may_do_more() -> None:
    """Each role may do what the lower ones may, and nothing that only a higher one may."""
    roles = [Role.PERSON, Role.COORDINATOR, Role.ADMINISTRATOR]
    may = [[person(role).may(needed) for needed in roles] for role in roles]
    assert may == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize(
    ("client", "guess"),
    [
        (None, "km"),
        ("", "km"),
        ("km", "km"),
        ("km-KH", "km"),
        ("fr", "km"),
        ("vi", "km"),
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("en-gb", "en"),
    ],
)
def test_language_guess(client: str | None, guess: Language) -> None:
    """Until a language is chosen it is Khmer, unless the Telegram client speaks English."""
    assert person(client=client).language == guess


@pytest.mark.parametrize("chosen", LANGUAGES)
@pytest.mark.parametrize("client", [None, "km", "en", "en-US", "fr"])
def test_chosen_language(chosen: Language, client: str | None) -> None:
    """The chosen language counts, whatever the client speaks."""
    assert person(chosen=chosen, client=client).language == chosen


@pytest.mark.parametrize("prefix", ["invite-", "claim-"])
def test_token_fits_a_deep_link(prefix: str) -> None:
    """A link's parameter is one that Telegram passes on: at most 64 of A-Z a-z 0-9 _ -, prefix included."""
    for _ in range(200):
        token = invite(Role.COORDINATOR, NOW, timedelta(hours=1)).token
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", prefix + token)


def test_tokens_cannot_be_guessed() -> None:
    """No two invitations are alike, and each holds at least 128 random bits."""
    tokens = {invite(Role.COORDINATOR, NOW, timedelta(hours=1)).token for _ in range(200)}
    assert len(tokens) == 200
    assert all(len(token) * 6 >= 128 for token in tokens)


def test_invitation() -> None:
    """An invitation gives its role, and expires when its lifetime is over."""
    invitation = invite(Role.ADMINISTRATOR, NOW, timedelta(hours=1))
    assert invitation.role is Role.ADMINISTRATOR
    assert invitation.expires_at == NOW + timedelta(hours=1)


def test_only_a_digest_is_kept() -> None:
    """What is kept of a token is its SHA-256, from which the link cannot be made again."""
    invitation = invite(Role.COORDINATOR, NOW, timedelta(hours=1))
    assert invitation.digest == digest_of(invitation.token)
    assert re.fullmatch(r"[0-9a-f]{64}", invitation.digest)
    assert invitation.token not in invitation.digest
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("token", ["", "ក", "x" * 100_000], ids=["empty", "khmer", "long"])
def test_digest_of_anything(token: str) -> None:
    """Whatever somebody puts into a link has a digest; it fits no invitation."""
    assert re.fullmatch(r"[0-9a-f]{64}", digest_of(token))

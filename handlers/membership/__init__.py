"""Membership: an organisation asks to join, coordinators review, members stand in the directory."""

from handlers.membership.applying import JOIN, join, request
from handlers.membership.deciding import ADMIT, CLARIFY, DECLINE
from handlers.membership.listing import SEEK, members
from handlers.membership.naming import NAMING
from handlers.membership.profile import PROFILE
from handlers.membership.replying import REPLY
from handlers.membership.reviewing import requests

__all__ = [
    "ADMIT",
    "CLARIFY",
    "DECLINE",
    "JOIN",
    "NAMING",
    "PROFILE",
    "REPLY",
    "SEEK",
    "join",
    "members",
    "request",
    "requests",
]

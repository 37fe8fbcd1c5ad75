"""At the door, before an update costs anything: whoever sends too much is told so once, then not heard.

What is dropped here is not kept, not queued and not answered. Coordinators at work are never stopped.
"""

from collections.abc import Callable, Hashable
from datetime import datetime

from telegram import Update
from telegram.constants import ChatType

from bot.core.floods import Floods, Verdict
from bot.core.people import People, Role


class Doorkeeper:
    """Lets updates in, or drops them; remembers which are to be answered with the notice."""

    def __init__(self, people: People, clock: Callable[[], datetime]) -> None:
        self._people = people
        self._clock = clock
        self._floods = Floods()
        self._to_tell: set[int] = set()

    async def admits(self, update: Update) -> bool:
        """Whether the update is to be handled; the first beyond the limit is, with the notice as answer."""
        sender = _sender_of(update)
        if sender is None:
            return True
        message = update.message
        verdict = self._floods.judge(sender, self._clock(), (message and message.media_group_id) or "")
        if verdict is Verdict.NOTICE and await self._is_at_work(update):
            self._floods.forgive(sender)
            return True
        if verdict is Verdict.NOTICE:
            self._to_tell.add(update.update_id)
        return verdict is not Verdict.DROPPED

    def tells(self, update: Update) -> bool:
        """Whether the update is to be answered with the notice, and with nothing else; asked once."""
        beyond = update.update_id in self._to_tell
        self._to_tell.discard(update.update_id)
        return beyond

    async def _is_at_work(self, update: Update) -> bool:
        user = update.effective_user
        person = await self._people.find(user.id) if user else None
        return person is not None and person.may(Role.COORDINATOR)


def _sender_of(update: Update) -> Hashable | None:
    """Whose limit an update counts against; None for what tells how a chat has changed: that must be known.

    What somebody does in the private chat, in a group and inline is counted apart.
    """
    user, chat, message = update.effective_user, update.effective_chat, update.message
    if user is None or update.my_chat_member:
        return None
    if message and (message.migrate_to_chat_id or message.migrate_from_chat_id):
        return None
    if update.inline_query:
        return ("inline", user.id)
    return user.id if chat is None or chat.type == ChatType.PRIVATE else (chat.id, user.id)

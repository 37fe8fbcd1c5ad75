"""The other way: python-telegram-bot with its own AIORateLimiter, over all recipients, five tries each."""

import argparse
import asyncio
import logging
from typing import Final

from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.sandbox.telegram import TOKEN

TRIES: Final = 5


async def _send_to_all(address: str, chats: range) -> None:
    bot = ExtBot(
        TOKEN,
        base_url=f"{address}/bot",
        request=HTTPXRequest(connection_pool_size=256, pool_timeout=600.0),
        rate_limiter=AIORateLimiter(max_retries=TRIES),
    )

    async def send(chat: int) -> None:
        try:
            await bot.send_message(chat, "<b>វេទិកា</b>", parse_mode="HTML")
        except TelegramError:
            return  # what a loop does with it: nothing

    logging.disable(logging.ERROR)  # the limiter tells of every 429
    async with bot:
        await asyncio.gather(*map(send, chats))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("first", type=int)
    parser.add_argument("number", type=int)
    given = parser.parse_args()
    asyncio.run(_send_to_all(given.address, range(given.first, given.first + given.number)))

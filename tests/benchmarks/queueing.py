"""Queues a broadcast to everybody in a database file, claims some of it, and prints what it took, as JSON."""

import argparse
import asyncio
import gc
import json
import re
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.core.broadcasts import Ended, Sent, settle
from bot.outbox import SENDERS
from storage.database import Database
from storage.deliveries import StoredDeliveries
from tests.storage.records import ANY_TIME, broadcast, meet

CLAIMS: Final = 1000


def _megabytes() -> float:
    """The most memory that this program ever had, on Linux.

    Not getrusage's figure: that one begins with the memory of whoever started the program.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


async def _measure(url: str) -> dict[str, float]:
    database = Database(url)
    deliveries = StoredDeliveries(database, ANY_TIME)
    await meet(database, 1)
    await deliveries.any_due(datetime.now(UTC))
    gc.freeze()  # as bot/run.py does
    before, began = _megabytes(), time.perf_counter()
    await broadcast(database, now=datetime.now(UTC))
    queued = time.perf_counter() - began
    claims = []
    for _ in range(CLAIMS):
        now, began = datetime.now(UTC), time.perf_counter()
        parcels = await deliveries.claim(now, SENDERS)
        if not parcels:
            break
        claims.append(time.perf_counter() - began)
        ended = [Ended(parcel, settle(Sent(1), parcel.attempts, now)) for parcel in parcels]
        await deliveries.settle(ended, datetime.now(UTC))
    began = time.perf_counter()
    await deliveries.finish(datetime.now(UTC))
    finish = time.perf_counter() - began
    grown = _megabytes() - before
    await database.close()
    return {
        "queueing": queued,
        "claim": statistics.median(claims),
        "slow_claim": statistics.quantiles(claims, n=100)[98],
        "finish": finish,
        "megabytes": grown,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    sys.stdout.write(json.dumps(asyncio.run(_measure(parser.parse_args().url))) + "\n")

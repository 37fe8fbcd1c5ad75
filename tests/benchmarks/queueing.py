"""Queues a broadcast to everybody in a database file, claims some of it, and prints what it took, as JSON."""

import argparse
import asyncio
import json
import resource
import statistics
import sys
import time
from datetime import UTC, datetime
from typing import Final

from bot.core.broadcasts import Sent, settle
from storage.database import Database
from storage.deliveries import StoredDeliveries
from tests.storage.records import broadcast, meet

CLAIMS: Final = 300


def _megabytes() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _measure(url: str) -> dict[str, float]:
    database = Database(url)
    deliveries = StoredDeliveries(database)
    await meet(database, 1)
    await deliveries.any_due(datetime.now(UTC))
    before, began = _megabytes(), time.perf_counter()
    await broadcast(database, now=datetime.now(UTC))
    queued = time.perf_counter() - began
    claims = []
    for _ in range(CLAIMS):
        now, began = datetime.now(UTC), time.perf_counter()
        delivery = await deliveries.claim(now)
        claims.append(time.perf_counter() - began)
        if delivery is None:
            break
        await deliveries.settle(delivery, settle(Sent(1), delivery.attempts, now), now)
    began = time.perf_counter()
    await deliveries.finish(datetime.now(UTC))
    finish = time.perf_counter() - began
    grown = _megabytes() - before
    await database.close()
    return {
        "queueing": queued,
        "claim": statistics.median(claims),
        "slow claim": statistics.quantiles(claims, n=100)[98],
        "finish": finish,
        "megabytes": grown,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    sys.stdout.write(json.dumps(asyncio.run(_measure(parser.parse_args().url))) + "\n")

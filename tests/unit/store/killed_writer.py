# SPDX-License-Identifier: Apache-2.0
"""Writes to a store until it is killed, saying on stdout what was acknowledged.  Run by test_crash.py.

Each batch writes three objects that belong together; the number in them tells one batch from the next.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from manor.store import Batch, Kind, SqliteStore

DEFINITION = Kind("definition", label="definition", history=4)
STATUS = Kind("status", label="status", durable=False)
SECRET = Kind("secret", label="secret value", secret=True)


def batch(number: int) -> Batch:
    key = f"{number % 7}"
    text = f"{number}:" + "x" * (number * 37 % 9000)
    return Batch().put(DEFINITION, key, text, name=f"vm{number}").put(STATUS, key, text).put(SECRET, key, text)


async def write(store: SqliteStore, start: int) -> None:
    for number in range(start, 1 << 30):
        if number % 3:
            await store.commit(batch(number))
        else:
            store.apply(batch(number))
        os.write(1, f"{number}\n".encode())


if __name__ == "__main__":
    asyncio.run(write(SqliteStore(Path(sys.argv[1])), int(sys.argv[2])))

"""Many clients of `/live` in one process, as plain as can be, so that what is measured is the server:
`python -m tests.bench._live_subscribers`.

Reads its orders from the command line (host, port, cookie, count, file); says "ready" when all have had
their hello; on a line on its standard input it writes what each heard, a list of (id, version, seconds
since 1970), to the file and ends. A client resumes by Last-Event-ID, as a browser does.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
import time

RETRY_S = 1.0


class Subscriber:
    def __init__(self, host: str, port: int, cookie: str) -> None:
        self.host, self.port, self.cookie = host, port, cookie
        self.cursor = ""
        self.heard: list[tuple[int, int, float]] = []
        self.greeted = asyncio.Event()

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            resume = f"Last-Event-ID: {self.cursor}\r\n" if self.cursor else ""
            writer.write(
                f"GET /live HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nCookie: "
                f"{self.cookie}\r\n{resume}\r\n".encode()
            )
            status = await reader.readline()
            if b" 200 " not in status:
                raise ConnectionError(status)
            while await reader.readline() not in (b"\r\n", b""):
                pass
            await self._read(reader)
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Chunks are ignored as such: their length lines match none of the fields."""
        event = ""
        while line := await reader.readline():
            if line.startswith(b"id: "):
                self.cursor = line[4:].strip().decode()
            elif line.startswith(b"event: "):
                event = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                self._take(event, line[6:])

    def _take(self, event: str, data: bytes) -> None:
        if event == "hello":
            self.greeted.set()
        elif event == "change":
            now = time.time()
            change = json.loads(data)
            self.heard.append((change["id"], change["version"], now))


async def main(host: str, port: str, cookie: str, count: str, file: str) -> None:
    subscribers = [Subscriber(host, int(port), cookie) for _ in range(int(count))]
    tasks = [asyncio.create_task(subscriber.run()) for subscriber in subscribers]
    await asyncio.gather(*(subscriber.greeted.wait() for subscriber in subscribers))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    with open(file, "wb") as out:
        pickle.dump([subscriber.heard for subscriber in subscribers], out)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

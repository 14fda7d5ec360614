"""A websocket server that repeats to everybody what anybody says: what a broadcast costs at least in this language."""

import asyncio

from websockets.asyncio.server import ServerConnection, broadcast, serve

everybody: set[ServerConnection] = set()


async def repeat(one: ServerConnection) -> None:
    everybody.add(one)
    async for message in one:
        broadcast(everybody, message)
    everybody.discard(one)


async def main() -> None:
    async with serve(repeat, "127.0.0.1", 0) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

"""Runs inside the sandbox, alone: opens the doors of the run, writes the agent's settings and becomes the agent.

Only the standard library, `python3 -I -S`. It reads one JSON file: {doors: {port: socket}, files: {path: text},
before: [argv, ...], command: argv}.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        start = json.load(file)
    for path, text in start.get("files", {}).items():
        write(os.path.expanduser(path), text)
    for port, target in start.get("doors", {}).items():
        listen(int(port), target)
    for argv in start.get("before", []):
        subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    sys.exit(run(start["command"]))


def write(path: str, text: str) -> None:
    """Anew, never through a link that an earlier turn left."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(command: list[str]) -> int:
    try:
        child = subprocess.Popen(command)
    except OSError as problem:
        print(f"{command[0]} cannot be started here: {problem.strerror}", file=sys.stderr)
        return 127
    os.close(0)  # its input is its own, so that it sees the end of it
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    return 128 - code if code < 0 else code


def listen(port: int, target: str) -> None:
    server = socket.create_server(("127.0.0.1", port), backlog=64)
    threading.Thread(target=accept, args=(server, target), daemon=True).start()


def accept(server: socket.socket, target: str) -> None:
    while True:
        inner, _ = server.accept()
        threading.Thread(target=join, args=(inner, target), daemon=True).start()


def join(inner: socket.socket, target: str) -> None:
    """Bytes both ways until both ends are closed."""
    with inner, socket.socket(socket.AF_UNIX) as outer:
        try:
            outer.connect(target)
        except OSError:
            return
        back = threading.Thread(target=pump, args=(outer, inner), daemon=True)
        back.start()
        pump(inner, outer)
        back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()

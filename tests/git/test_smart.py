"""Git's own client clones a change over HTTP and pushes the next patch set to it."""

import gzip
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from teamboard.git import smart
from teamboard.git.intake import BundleRefused

DEST = "refs/pushed/1"


def handler(stores, state):
    class Door(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def answer(self, kind, body):
            self.send_response(200)
            self.send_header("Content-Type", f"application/x-{kind}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            service = self.path.split("service=")[1]
            self.answer(f"{service}-advertisement", smart.advertise(service, state["head"]))

        def body(self):
            if self.headers.get("Transfer-Encoding") != "chunked":
                data = self.rfile.read(int(self.headers["Content-Length"]))
            else:
                data = b""
                while size := int(self.rfile.readline(), 16):
                    data += self.rfile.read(size)
                    self.rfile.readline()
            return gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data

        def do_POST(self):
            body = self.body()
            if self.path.endswith("git-upload-pack"):
                self.answer("git-upload-pack-result", smart.upload(stores, body))
                return
            with tempfile.TemporaryFile() as file:
                file.write(body)
                file.flush()
                push = smart.read_push(file)
                try:
                    if push.old != state["head"]:
                        raise BundleRefused("moved", "The change has a newer patch set: fetch it first.")
                    state["head"] = smart.receive(stores, file, push, DEST)
                    self.answer("git-receive-pack-result", smart.report(push))
                except BundleRefused as refused:
                    self.answer("git-receive-pack-result", smart.report(push, str(refused)))

    return Door


@pytest.fixture
def door(stores, edit):
    """(address, state) of a change whose newest patch set edits a.txt."""
    state = {"head": edit(stores.resolve("refs/upstream/main"), {"a.txt": b"patch set 1\n"})}
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(stores, state))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/git/changes/1.git", state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mine(door, repo, new_repo):
    address, state = door
    clone = new_repo("mine")
    clone.git("remote", "add", "origin", address)
    clone.git("fetch", "-q", "origin", "change")
    clone.git("reset", "-q", "--hard", "FETCH_HEAD")
    assert clone.git("rev-parse", "HEAD") == state["head"]
    return clone


def test_a_clone_brings_the_newest_patch_set(mine):
    assert (mine.path / "a.txt").read_bytes() == b"patch set 1\n"
    assert mine.git("log", "--format=%s").split("\n") == ["edit", "first"]


def test_a_push_brings_the_next_one(mine, door, stores):
    _, state = door
    head = mine.commit({"a.txt": b"patch set 2\n"})
    mine.git("push", "-q", "origin", "HEAD:change")
    assert state["head"] == head == stores.resolve(DEST)
    assert stores.blob(head, "a.txt") == b"patch set 2\n"


def test_a_push_of_many_objects_is_taken_in_too(mine, stores):
    head = mine.commit({f"d/{number}": b"x" * number for number in range(300)})
    mine.git("push", "-q", "origin", "HEAD:change")
    assert len(stores.files(head)) == 302


def test_a_push_from_an_older_patch_set_is_refused_in_words(mine, door, edit):
    _, state = door
    mine.commit({"a.txt": b"patch set 2\n"})
    state["head"] = newer = edit(state["head"], {"b.txt": b"by somebody else\n"})
    with pytest.raises(AssertionError, match="rejected"):
        mine.git("push", "-q", "origin", "HEAD:change")
    assert state["head"] == newer


def test_refused_contents_come_back_as_a_sentence(mine, door, stores):
    _, state = door
    before = state["head"]
    mine.write({"n" * 250: b"x"})
    blob = mine.git("hash-object", "-w", "a.txt")
    tree = mine.git("mktree", stdin=f"100644 blob {blob}\t{'n' * 300}\n".encode())
    evil = mine.git("commit-tree", tree, "-p", "HEAD", "-m", "evil")
    with pytest.raises(AssertionError, match="longer than 255 bytes"):
        mine.git("push", "-q", "origin", f"{evil}:refs/heads/change")
    assert (state["head"], stores.resolve(DEST)) == (before, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_a_push"),
        (b"zzzz", "not_a_push"),
        (b"00ff" + b"x", "not_a_push"),
        (b"0000", "one_branch"),
        (smart._packet(f"{'1' * 40} {'0' * 40} refs/heads/x\0report-status") + b"0000", "deletes"),
        (smart._packet("a b c") + b"0000", "not_a_push"),
    ],
)
def test_a_body_that_is_no_push_is_refused(tmp_path, body, code):
    (tmp_path / "body").write_bytes(body)
    with open(tmp_path / "body", "rb") as file, pytest.raises(BundleRefused) as caught:
        smart.read_push(file)
    assert caught.value.code == code


def test_a_push_without_its_pack_is_refused(stores, tmp_path):
    body = smart._packet(f"{'0' * 40} {'1' * 40} refs/heads/x\0report-status") + b"0000"
    (tmp_path / "body").write_bytes(body)
    with open(tmp_path / "body", "rb") as file, pytest.raises(BundleRefused, match="cut short"):
        smart.receive(stores, file, smart.read_push(file), DEST)

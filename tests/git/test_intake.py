"""Bundles out of sandboxes: what is let in, what is refused, and that a refusal leaves nothing behind."""

import hashlib
import os
import struct
import zlib

import pytest

from teamboard.git.intake import BundleRefused
from teamboard.git.objects import NO_SHA
from teamboard.git.stores import Stores

REF = "refs/heads/work"


class Forge:
    """Writes packs and bundles byte by byte, as an attacker can."""

    KINDS = {"commit": 1, "tree": 2, "blob": 3}

    def __init__(self):
        self.objects = []

    def add(self, kind, data):
        self.objects.append((kind, data))
        return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()

    def tree(self, *entries):
        return self.add(
            "tree", b"".join(mode + b" " + name + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries)
        )

    def commit(self, tree, *parents, message="evil"):
        head = f"tree {tree}\n" + "".join(f"parent {parent}\n" for parent in parents)
        who = "Eve <eve@example.org> 1700000000 +0000"
        return self.add("commit", f"{head}author {who}\ncommitter {who}\n\n{message}\n".encode())

    def pack(self):
        body = b"PACK" + struct.pack(">II", 2, len(self.objects))
        for kind, data in self.objects:
            body += self._size(self.KINDS[kind], len(data)) + zlib.compress(data)
        return body + hashlib.sha1(body).digest()

    def _size(self, kind, size):
        first = (kind << 4) | (size & 15)
        size >>= 4
        out = bytearray()
        while size:
            out.append(first | 0x80)
            first, size = size & 0x7F, size >> 7
        return bytes([*out, first])

    def bundle(self, path, sha, *, more="", needs=()):
        head = "# v2 git bundle\n" + "".join(f"-{need} \n" for need in needs) + f"{sha} {REF}\n{more}\n"
        path.write_bytes(head.encode() + self.pack())
        return path


@pytest.fixture
def forge():
    return Forge()


def contents(stores: Stores):
    folder = stores.hub.git_dir
    return {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def refused(stores, bundle, **more):
    before = contents(stores)
    with pytest.raises(BundleRefused) as caught:
        stores.ingest(bundle, REF, "refs/runs/1/1", **more)
    assert stores.resolve("refs/runs/1/1") is None
    assert contents(stores) == before
    return caught.value


def test_a_bundle_goes_from_store_to_store(stores, edit, tmp_path, upstream):
    base = stores.resolve("refs/upstream/main")
    head = edit(base, {"a.txt": b"2\n"})
    assert stores.bundle(tmp_path / "b", head, have=[base])
    other = Stores(tmp_path / "other")
    other.create()
    other.mirror(upstream, "main")
    assert other.ingest(tmp_path / "b", REF, "refs/runs/1/1") == head
    assert other.blob(head, "a.txt") == b"2\n"
    assert not list((other.hub.git_dir / "objects").glob("incoming-*"))


def test_many_objects_stay_one_pack(stores, edit, tmp_path, upstream):
    base = stores.resolve("refs/upstream/main")
    head = edit(base, {f"d/{number}": str(number).encode() for number in range(150)})
    stores.bundle(tmp_path / "b", head, have=[base])
    other = Stores(tmp_path / "other")
    other.create()
    other.mirror(upstream, "main")
    assert other.ingest(tmp_path / "b", REF, "refs/runs/1/1") == head
    assert len(list((other.hub.git_dir / "objects/pack").glob("*.pack"))) == 1
    other.hub.run("fsck", "--strict", "--full")


def test_nothing_new_gives_no_bundle(stores, tmp_path):
    base = stores.resolve("refs/upstream/main")
    assert not stores.bundle(tmp_path / "b", base, have=[base])
    assert not (tmp_path / "b").exists()


def test_only_the_named_ref_is_made(stores, forge, tmp_path):
    blob = forge.add("blob", b"x\n")
    sha = forge.commit(forge.tree((b"100644", b"x", blob)))
    before = stores.refs("refs/")
    more = f"{sha} refs/heads/main\n{sha} refs/replace/{sha}\n"
    assert stores.ingest(forge.bundle(tmp_path / "b", sha, more=more), REF, "refs/runs/1/1") == sha
    assert stores.refs("refs/") == {**before, "refs/runs/1/1": sha}


@pytest.mark.parametrize(
    "name", [b".git", b".GIT", b"git~1", b".g\xe2\x80\x8cit", b"..", b".", b".git::$INDEX_ALLOCATION"]
)
def test_names_that_stand_for_gits_folder_or_lead_out_are_refused(stores, forge, tmp_path, name):
    tree = forge.tree((b"100644", name, forge.add("blob", b"x\n")))
    assert refused(stores, forge.bundle(tmp_path / "b", forge.commit(tree))).code == "broken"


def test_a_name_of_300_bytes_is_refused(stores, forge, tmp_path):
    tree = forge.tree((b"100644", b"n" * 300, forge.add("blob", b"x\n")))
    error = refused(stores, forge.bundle(tmp_path / "b", forge.commit(tree)))
    assert error.code == "path_refused"
    assert "longer than 255 bytes" in str(error)


def test_an_object_that_is_missing_is_refused(stores, forge, tmp_path):
    sha = forge.commit(forge.tree((b"100644", b"x", "1" * 40)))
    assert refused(stores, forge.bundle(tmp_path / "b", sha)).code == "broken"


def test_a_bomb_of_ten_billion_files_is_counted_and_refused(stores, forge, tmp_path):
    inner = forge.add("blob", b"boom\n")
    for _ in range(10):
        mode = b"100644" if not any(kind == "tree" for kind, _ in forge.objects) else b"40000"
        inner = forge.tree(*[(mode, b"f%d" % number, inner) for number in range(10)])
    error = refused(stores, forge.bundle(tmp_path / "b", forge.commit(inner)))
    assert "10000000000 paths" in str(error)


def test_folders_without_end_are_refused(stores, forge, tmp_path):
    inner = forge.tree((b"100644", b"f", forge.add("blob", b"deep\n")))
    for _ in range(300):
        inner = forge.tree((b"40000", b"d", inner))
    assert "301 deep" in str(refused(stores, forge.bundle(tmp_path / "b", forge.commit(inner))))


def test_a_ref_that_is_no_commit_is_refused(stores, forge, tmp_path):
    blob = forge.add("blob", b"x\n")
    assert refused(stores, forge.bundle(tmp_path / "b", blob)).code == "broken"


def test_a_ref_that_is_not_offered_is_refused(stores, forge, tmp_path):
    sha = forge.commit(forge.tree((b"100644", b"x", forge.add("blob", b"x\n"))))
    bundle = forge.bundle(tmp_path / "b", sha)
    with pytest.raises(BundleRefused, match="does not offer refs/heads/other"):
        stores.ingest(bundle, "refs/heads/other", "refs/runs/1/1")


@pytest.mark.parametrize("cut", [0, 10, 70, -1, -30])
def test_a_bundle_cut_short_is_refused(stores, forge, tmp_path, cut):
    sha = forge.commit(forge.tree((b"100644", b"x", forge.add("blob", b"x\n" * 50))))
    bundle = forge.bundle(tmp_path / "b", sha)
    bundle.write_bytes(bundle.read_bytes()[:cut])
    assert refused(stores, bundle).code in ("not_a_bundle", "broken")


def test_a_flipped_byte_is_refused(stores, forge, tmp_path):
    sha = forge.commit(forge.tree((b"100644", b"x", forge.add("blob", b"x\n" * 50))))
    data = bytearray(forge.bundle(tmp_path / "b", sha).read_bytes())
    data[-40] ^= 0xFF
    (tmp_path / "b").write_bytes(data)
    assert refused(stores, tmp_path / "b").code == "broken"


def test_a_link_a_pipe_a_folder_and_nothing_are_refused(stores, forge, tmp_path):
    sha = forge.commit(forge.tree((b"100644", b"x", forge.add("blob", b"x\n"))))
    (tmp_path / "link").symlink_to(forge.bundle(tmp_path / "b", sha))
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", ".", "absent"):
        assert refused(stores, tmp_path / name).code == "unreadable"


def test_a_bundle_over_the_limit_is_refused_before_it_is_read(stores, tmp_path):
    with open(tmp_path / "b", "wb") as file:
        file.truncate(1 << 40)
    assert refused(stores, tmp_path / "b", max_bytes=1000).code == "too_big"


def test_a_link_as_blob_is_let_in_as_data_and_read_as_data(stores, forge, tmp_path):
    tree = forge.tree((b"120000", b"link", forge.add("blob", b"/etc/passwd")))
    sha = stores.ingest(forge.bundle(tmp_path / "b", forge.commit(tree)), REF, "refs/runs/1/1")
    assert stores.blob(sha, "link") == b"/etc/passwd"


def test_config_hooks_and_refs_of_the_hub_stay_as_they_are(stores, forge, tmp_path):
    watched = [stores.hub.git_dir / name for name in ("config", "HEAD", "objects/info/alternates")]
    before = [path.read_bytes() for path in watched]
    sha = forge.commit(forge.tree((b"100644", b"x", forge.add("blob", b"x\n"))))
    stores.ingest(forge.bundle(tmp_path / "b", sha, more=f"{NO_SHA} HEAD\n"), REF, "refs/runs/1/1")
    assert [path.read_bytes() for path in watched] == before
    assert not (stores.hub.git_dir / "hooks").exists()

"""Family G: git objects as no git would write them. Each builder puts them into a pack and gives the sha it offers."""

from collections.abc import Callable

from tests.git.test_intake import Forge

WHO = b"Eve <eve@example.org> 1700000000 +0000"
LINK, FILE, FOLDER, MODULE = b"120000", b"100644", b"40000", b"160000"
Build = Callable[[Forge, str], str]


def raw_commit(
    forge: Forge, tree: str, base: str, author: bytes = WHO, message: bytes = b"m\n", more: bytes = b""
) -> str:
    head = b"tree " + tree.encode() + b"\nparent " + base.encode() + b"\nauthor " + author + b"\ncommitter " + WHO
    return str(forge.add("commit", head + b"\n" + more + b"\n" + message))


def plain(forge: Forge) -> str:
    return str(forge.tree((FILE, b"x", forge.add("blob", b"x\n"))))


def file_of(name: bytes, mode: bytes, data: bytes) -> Build:
    return lambda forge, base: raw_commit(forge, forge.tree((mode, name, forge.add("blob", data))), base)


def message_of(message: bytes, author: bytes = WHO, more: bytes = b"") -> Build:
    return lambda forge, base: raw_commit(forge, plain(forge), base, author, message, more)


def entries(*rows: tuple[bytes, bytes, str]) -> Build:
    """Rows of a tree; a sha of "" stands for a blob that is there."""

    def build(forge: Forge, base: str) -> str:
        blob = forge.add("blob", b"x\n")
        return raw_commit(forge, forge.tree(*((mode, name, sha or blob) for mode, name, sha in rows)), base)

    return build


def bomb(forge: Forge, base: str) -> str:
    inner = forge.add("blob", b"boom\n")
    for level in range(10):
        inner = forge.tree(*((FOLDER if level else FILE, b"f%d" % number, inner) for number in range(10)))
    return raw_commit(forge, inner, base)


def deep(forge: Forge, base: str) -> str:
    inner = forge.tree((FILE, b"f", forge.add("blob", b"deep\n")))
    for _ in range(500):
        inner = forge.tree((FOLDER, b"d", inner))
    return raw_commit(forge, inner, base)


def wide(forge: Forge, base: str) -> str:
    blob = forge.add("blob", b"x\n")
    return raw_commit(forge, forge.tree(*((FILE, b"%06d" % number, blob) for number in range(60_000))), base)


def no_tree(forge: Forge, base: str) -> str:
    return raw_commit(forge, "1" * 40, base)


def no_parent(forge: Forge, base: str) -> str:
    return raw_commit(forge, plain(forge), "2" * 40)


def only_a_blob(forge: Forge, base: str) -> str:
    return str(forge.add("blob", b"x\n"))


def only_a_tree(forge: Forge, base: str) -> str:
    return plain(forge)


def tree_is_a_blob(forge: Forge, base: str) -> str:
    return raw_commit(forge, str(forge.add("blob", b"x\n")), base)


# Name, and how it is made. Each is refused with a sentence, or taken and then read and shown like any other.
OBJECTS: dict[str, Build] = {
    "ten billion files": bomb,
    "folders 500 deep": deep,
    "sixty thousand files in a folder": wide,
    "a tree that is missing": no_tree,
    "a parent that is missing": no_parent,
    "a blob that is missing": entries((FILE, b"x", "3" * 40)),
    "a ref to a blob": only_a_blob,
    "a ref to a tree": only_a_tree,
    "a blob for a tree": tree_is_a_blob,
    "a folder that is a blob": entries((FOLDER, b"d", "")),
    "the null object": entries((FILE, b"x", "0" * 40)),
    "a link to a secret": file_of(b"link", LINK, b"/etc/passwd"),
    "a link upwards": file_of(b"link", LINK, b"../../../../../../etc/shadow"),
    "a link to itself": file_of(b"link", LINK, b"link"),
    "a link to git's folder": file_of(b"link", LINK, b".git/config"),
    "a link with a zero byte": file_of(b"link", LINK, b"a\0b"),
    ".gitmodules as a link": file_of(b".gitmodules", LINK, b"/etc/passwd"),
    ".gitattributes as a link": file_of(b".gitattributes", LINK, b"/etc/passwd"),
    "a module with an option for its address": file_of(
        b".gitmodules", FILE, b'[submodule "a"]\n\tpath = a\n\turl = --upload-pack=touch\n'
    ),
    "a module whose path is an option": file_of(
        b".gitmodules", FILE, b'[submodule "a"]\n\tpath = -x\n\turl = https://e.example/\n'
    ),
    "a module whose name leads out": file_of(
        b".gitmodules", FILE, b'[submodule "../../x"]\n\tpath = a\n\turl = https://e.example/\n'
    ),
    "a module that runs a command": file_of(
        b".gitmodules", FILE, b'[submodule "a"]\n\tpath = a\n\tupdate = !touch x\n'
    ),
    "a gitlink": entries((MODULE, b"sub", "4" * 40)),
    "a gitlink to nothing": entries((MODULE, b"sub", "0" * 40)),
    "mode 0777": entries((b"100777", b"x", "")),
    "mode setuid": entries((b"104755", b"x", "")),
    "mode of a device": entries((b"020000", b"x", "")),
    "a mode with a zero before it": entries((b"0100644", b"x", "")),
    "an entry twice": entries((FILE, b"x", ""), (FILE, b"x", "")),
    "a file and a folder of one name": lambda forge, base: raw_commit(
        forge, forge.tree((FILE, b"x", forge.add("blob", b"x\n")), (FOLDER, b"x", plain(forge))), base
    ),
    "entries out of order": entries((FILE, b"b", ""), (FILE, b"a", "")),
    "a message of 10 MB": message_of(b"m" * 10_000_000),
    "a zero byte in the message": message_of(b"good\0evil\n"),
    "a message of controls": message_of(b"\x1b[2J\x1b]0;t\x07\r\r\b\x85\xff\xfe\n"),
    "a message with trailers of ours": message_of(b"m\n\nTeamboard-Approved-By: ada\n"),
    "no message": message_of(b""),
    "an author who turns the line": message_of(b"m\n", "\u202eada <eve@e.example> 1700000000 +0000".encode()),
    "an author of markup": message_of(b"m\n", b"&lt;script&gt; \"'<e@e.example> 1700000000 +0000"),
    "an author without an address": message_of(b"m\n", b"Eve 1700000000 +0000"),
    "an author without a name": message_of(b"m\n", b"<> 1700000000 +0000"),
    "a date of the year 31 million": message_of(b"m\n", b"Eve <e@e.example> 999999999999999 +0000"),
    "a date beyond all numbers": message_of(b"m\n", b"Eve <e@e.example> 99999999999999999999999 +0000"),
    "a date below zero": message_of(b"m\n", b"Eve <e@e.example> -1 +0000"),
    "a zone of no place": message_of(b"m\n", b"Eve <e@e.example> 1700000000 +9999"),
    "an encoding that lies": message_of("ü\n".encode("utf-16"), more=b"encoding UTF-16\n"),
    "an encoding that is not there": message_of(b"\xe4\n", more=b"encoding $(touch x)\n"),
    "a signature that is none": message_of(b"m\n", more=b"gpgsig -----BEGIN PGP SIGNATURE-----\n x\n"),
    "a header of nobody": message_of(b"m\n", more=b"evil " + b"x" * 100_000 + b"\n"),
}

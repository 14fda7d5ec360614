"""As much of a document as it takes to apply frames to a page and to compare it with a fresh one."""

from html import escape
from html.parser import HTMLParser

from teamboard.parts.registry import Frame

VOID = {"meta", "link", "input", "br", "img", "hr", "use"}
# What differs between two readings of one page for good reason.
LOOSE = {"data-topics", "data-csrf", "hx-headers:inherited"}
# static/js/board.js moves the asks on when neither pointer nor key is at them.
MOVED_ON = {"attention-next": "attention-list"}


class Node:
    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Node | str] = []
        self.parent: Node | None = None

    def add(self, child: "Node | str") -> None:
        self.children.append(child)
        if isinstance(child, Node):
            child.parent = self

    def find(self, wanted: str) -> "Node | None":
        if self.attributes.get("id") == wanted:
            return self
        found = (child.find(wanted) for child in self.children if isinstance(child, Node))
        return next((node for node in found if node), None)

    def text(self) -> str:
        if self.tag == "input" and self.attributes.get("name") == "csrfmiddlewaretoken":
            return ""
        shown = "".join(f' {k}="{escape(v)}"' for k, v in sorted(self.attributes.items()) if k not in LOOSE)
        inner = "".join(c.text() if isinstance(c, Node) else escape(" ".join(c.split())) for c in self.children)
        return f"<{self.tag}{shown}>{inner}</{self.tag}>\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Node("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.at.add(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.add(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and self.at.tag and self.at.tag != tag and self.at.parent:
            self.at = self.at.parent
        if self.at.tag == tag and self.at.parent:
            self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.at.add(data)


def read(html: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    return reader.root


def apply(page: Node, frame: Frame) -> None:
    """What static/js/live.js does."""
    target = page.find(MOVED_ON.get(frame.target, frame.target))
    if frame.kind != "html":
        return
    if frame.swap == "place":
        _place(page, frame)
    elif target is not None and target.parent is not None:
        siblings, at = target.parent.children, target.parent.children.index(target)
        if frame.swap == "remove":
            del siblings[at]
        elif frame.swap == "replace":
            siblings[at : at + 1] = _nodes(frame.html, target.parent)
        elif frame.swap == "inner":
            target.children = _nodes(frame.html, target)


def _nodes(html: str, parent: Node) -> "list[Node | str]":
    nodes = read(html).children
    for node in nodes:
        if isinstance(node, Node):
            node.parent = parent
    return nodes


def _place(page: Node, frame: Frame) -> None:
    parent, (node,) = page.find(frame.parent), read(frame.html).children
    assert isinstance(node, Node)
    old = page.find(node.attributes["id"])
    if old is not None and old.parent is not None:
        old.parent.children.remove(old)
    if parent is None:
        return
    rest = [child for child in parent.children if isinstance(child, Node) and "data-order" in child.attributes]
    behind = next((child for child in rest if _order(child) > _order(node)), None)
    node.parent = parent
    parent.children.insert(parent.children.index(behind) if behind else len(parent.children), node)


def _order(node: Node) -> list[float]:
    return [float(number) for number in node.attributes["data-order"].split(",")]

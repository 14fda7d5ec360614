// The page as lines of text, without what ages, what belongs to this visit alone, and what a person is doing with it.
() => {
  const DROPPED = "#connection, #announce, #presence, #notices, #link-once, #share, #unshown, .notices, .new-pill, script, link, style, meta";
  const ANY = new Set(["data-topics", "data-live", "data-csrf", "hx-headers:inherited", "nonce", "open", "data-here", "data-plain", "data-value-comment"]);
  const OF_ASKS = new Set(["aria-current", "tabindex"]);
  const lines = [document.title];

  function attributes(el) {
    return [...el.attributes].filter(({ name }) => !ANY.has(name) && !name.startsWith("data-hx-") && !name.startsWith("data-htmx-"))
      .filter(({ name }) => !(el.matches(".ask, .option") && OF_ASKS.has(name)))
      .filter(({ name }) => !(name === "value" && el.name === "csrfmiddlewaretoken"))
      .map(({ name, value }) => (name === "class" ? ["class", [...el.classList].filter((one) => one !== "just-in" && !one.startsWith("htmx-")).sort().join(" ")] : [name, value]))
      .filter(([name, value]) => !(["class", "style"].includes(name) && !value) && !(name === "checked" && el.type === "checkbox"))
      .concat(el.type === "checkbox" && el.checked ? [["checked", ""]] : [])
      .map(([name, value]) => `${name}="${value}"`).sort().join(" ");
  }
  function walk(node, depth) {
    const pad = " ".repeat(depth);
    if (node.nodeType === 3) {
      const text = node.data.replace(/\s+/g, " ").trim();
      if (text) lines.push(pad + text);
      return;
    }
    if (node.nodeType !== 1 || node.matches(DROPPED)) return;
    lines.push(`${pad}<${`${node.localName} ${attributes(node)}`.trim()}>`);
    if (node.matches("time, textarea")) return;
    // A line of code gets its colour when it comes near: its text is what is compared, and what is marked once it has.
    if (node.matches(".ln")) { lines.push(`${pad} ${node.textContent}`); return; }
    for (const child of node.childNodes) walk(child, depth + 1);
  }
  document.body.normalize();
  walk(document.body, 0);
  const marks = {};
  for (const file of document.querySelectorAll(".file:not([data-plain])")) {
    marks[file.id] = [...file.querySelectorAll(".ln mark")].map((mark) => `${mark.closest(".ln").id}: ${mark.textContent}`);
  }
  return { lines, marks };
}

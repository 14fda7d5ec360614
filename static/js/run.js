// The run page: draws output lines as the server does, keeps to the tail, fetches the growing diff.
(() => {
  const byId = (id) => document.getElementById(id);
  const log = byId("stream"), diff = byId("live-diff"), pill = byId("to-tail");
  const ICONS = "/static/icons.svg#i-";

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  function icon(name) {
    const t = document.createElement("template");
    t.innerHTML = `<svg class="i s" aria-hidden="true"><use href="${ICONS}${name}"/></svg>`;
    return t.content.firstChild;
  }
  const SKIPPED = new Set(["usage", "plan", "tick", "finished", "thread_reply"]);
  // as lib/text.bare: what a terminal would obey goes, what is unseen or turns the reading order is spelled out
  const CONTROL = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
  const UNSEEN = /[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e0fff}]|(?<![^\x00-\x7f])[\u200c\u200d\ufe0e\ufe0f]/gu;
  const spell = (one) => `⟦U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟧`;
  const quoted = (text) => String(text).replace(CONTROL, "").replace(UNSEEN, spell);
  const mark = (word) => (one, event) => el("p", { class: "step-mark", "data-seq": one.seq }, word + quoted(event.text || one.text));
  const said = (one, event) => el("p", { class: `said${event.kind === "thought" ? " mute" : ""}`, "data-seq": one.seq }, quoted(event.text || one.text));
  function check(one, event) {
    const good = event.conclusion === "success";
    return el("p", { class: "line check", "data-stream": "board", "data-tone": good ? "good" : "bad", "data-seq": one.seq },
      icon(good ? "circle-check" : "circle-x"), quoted(one.text));
  }
  const DRAW = {
    message: said, thought: said, check,
    tool_call: (one, event) => el("details", { class: "tool-call", "data-call": event.call ?? "", "data-result": event.failed ? "failure" : null },
      el("summary", {}, icon("terminal"), el("span", { class: "verb" }, quoted(event.tool ?? "Tool")), el("code", { class: "clip" }, quoted(event.arguments ?? ""))),
      ...(event.result ? [el("pre", {}, quoted(event.result))] : [])),
    call: (one, event) => el("details", { class: "tool-call", "data-seq": one.seq, "data-result": event.failed ? "failure" : null },
      el("summary", {}, icon("corner-up-left"), el("span", { class: "verb" }, `Calls the board: ${quoted(event.tool ?? "")}`), el("code", { class: "clip" }, quoted(event.arguments ?? ""))),
      ...(event.result ? [el("pre", {}, quoted(event.result))] : [])),
    edit: (one, event) => el("details", { class: "tool-call", "data-seq": one.seq },
      el("summary", {}, icon("pencil"), el("span", { class: "verb" }, "Edit"), el("code", { class: "clip" }, quoted(event.path ?? "")))),
    question: mark("Asks: "), permission: mark("Asks for a permission: "), permission_asked: mark("Asks for a permission: "),
    claim: mark("Says: "), step: mark(""),
  };
  function draw(one) {
    const event = one.event ?? {};
    if (SKIPPED.has(event.kind)) return null;
    const plain = () => el("p", { class: "line", "data-stream": one.stream, "data-seq": one.seq }, quoted(one.text));
    return (DRAW[event.kind] ?? plain)(one, event);
  }

  // ---- the tail is followed only if the reader is there
  const atTail = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const toTail = () => { log.scrollTop = log.scrollHeight; pill.hidden = true; };
  let last = Math.max(0, ...[...log.querySelectorAll("[data-seq]")].map((one) => Number(one.dataset.seq)));
  // Where in the output file a row begins, as far as it is known: from there on what was taken away is older output.
  const starts = new WeakMap(), MOST = 12000;
  function add(lines, after) {
    const follow = atTail();
    const fresh = document.createDocumentFragment();
    for (const one of lines) {
      if (one.seq <= last) continue; // an overlap after a reconnect
      last = one.seq;
      const node = draw(one);
      const call = one.event?.kind === "tool_call" && one.event.call;
      const begun = call && [fresh, log].map((part) => part.querySelector(`[data-call="${CSS.escape(call)}"]`)).find(Boolean);
      if (begun) begun.replaceWith(node);
      else if (node) fresh.append(node);
    }
    if (!fresh.childNodes.length) return;
    if (after !== undefined) starts.set(fresh.firstElementChild, after);
    log.append(fresh);
    if (follow) { trim(); toTail(); } else pill.hidden = false;
  }
  function trim() {
    if (log.childElementCount <= MOST) return;
    const rows = [...log.children].filter((row) => row.id !== "older");
    const first = rows.findIndex((row, i) => i >= rows.length - MOST && starts.has(row));
    if (first < 1) return;
    rows.slice(0, first).forEach((row) => row.remove());
    byId("older")?.remove();
    const button = el("button", { type: "button", class: "btn older", id: "older", "data-size": "s", "data-url": log.dataset.older, "data-before": starts.get(rows[first]) });
    button.append(icon("history"), "Older output");
    log.prepend(button);
  }

  // ---- older output comes on demand and goes above, without moving what is read
  async function older(button) {
    button.disabled = true;
    const answer = await fetch(`${button.dataset.url}?before=${button.dataset.before}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) { button.disabled = false; return; }
    const t = document.createElement("template");
    t.innerHTML = await answer.text();
    for (const begun of t.content.querySelectorAll("[data-call]")) {
      const done = begun.dataset.call && log.querySelector(`[data-call="${CSS.escape(begun.dataset.call)}"]`);
      if (done) begun.replaceWith(done);
    }
    const from = log.scrollHeight - log.scrollTop;
    button.replaceWith(t.content);
    log.scrollTop = log.scrollHeight - from;
    (byId("older") ?? log).focus({ preventScroll: true });
  }
  log.addEventListener("click", (e) => { const button = e.target.closest("#older"); if (button) older(button); });
  toTail();
  pill.addEventListener("click", toTail);
  log.addEventListener("scroll", () => { if (atTail()) pill.hidden = true; }, { passive: true });
  document.addEventListener("live:lines", (e) => add(e.detail.lines, e.detail.after));

  // ---- output or diff
  let shown = "";
  async function fetchDiff() {
    const answer = await fetch(diff.dataset.url, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const html = await answer.text();
    await live.free();
    if (html === shown) return;
    shown = html;
    diff.innerHTML = html;
  }
  let waiting = false;
  document.addEventListener("live:hint", (e) => {
    if (e.detail.target !== "live-diff" || diff.hidden || waiting) return;
    waiting = true; // a burst of snapshots is one fetch
    setTimeout(() => { waiting = false; fetchDiff(); }, 150);
  });
  document.addEventListener("click", (e) => {
    const tab = e.target.closest("[data-tab]");
    if (!tab) return;
    for (const b of tab.parentElement.children) b.setAttribute("aria-pressed", b === tab);
    log.hidden = tab.dataset.tab !== "stream";
    diff.hidden = !log.hidden;
    if (!diff.hidden) fetchDiff(); else toTail();
  });
})();

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
  const mark = (word) => (one, event) => el("p", { class: "step-mark", "data-seq": one.seq }, word + (event.text || one.text));
  const said = (one, event) => el("p", { class: `said${event.kind === "thought" ? " mute" : ""}`, "data-seq": one.seq }, event.text || one.text);
  function check(one, event) {
    const good = event.conclusion === "success";
    return el("p", { class: "line check", "data-stream": "board", "data-tone": good ? "good" : "bad", "data-seq": one.seq },
      icon(good ? "circle-check" : "circle-x"), one.text);
  }
  const DRAW = {
    message: said, thought: said, check,
    tool_call: (one, event) => el("details", { class: "tool-call", "data-call": event.call ?? "", "data-result": event.failed ? "failure" : null },
      el("summary", {}, icon("terminal"), el("span", { class: "verb" }, event.tool ?? "Tool"), el("code", { class: "clip" }, event.arguments ?? "")),
      ...(event.result ? [el("pre", {}, event.result)] : [])),
    edit: (one, event) => el("details", { class: "tool-call", "data-seq": one.seq },
      el("summary", {}, icon("pencil"), el("span", { class: "verb" }, "Edit"), el("code", { class: "clip" }, event.path ?? ""))),
    question: mark("Asks: "), permission: mark("Asks for a permission: "), permission_asked: mark("Asks for a permission: "),
    claim: mark("Says: "), step: mark(""),
  };
  const CONTROL = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-_])|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
  function draw(one) {
    const event = one.event ?? {};
    if (SKIPPED.has(event.kind)) return null;
    const plain = () => el("p", { class: "line", "data-stream": one.stream, "data-seq": one.seq }, one.text.replace(CONTROL, ""));
    return (DRAW[event.kind] ?? plain)(one, event);
  }

  // ---- the tail is followed only if the reader is there
  const atTail = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const toTail = () => { log.scrollTop = log.scrollHeight; pill.hidden = true; };
  let last = Math.max(0, ...[...log.querySelectorAll("[data-seq]")].map((one) => Number(one.dataset.seq)));
  function add(lines) {
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
    log.append(fresh);
    while (log.childElementCount > 5000) log.firstElementChild.remove();
    if (follow) toTail(); else pill.hidden = false;
  }
  toTail();
  pill.addEventListener("click", toTail);
  log.addEventListener("scroll", () => { if (atTail()) pill.hidden = true; }, { passive: true });
  document.addEventListener("live:lines", (e) => add(e.detail.lines));

  // ---- output or diff
  let shown = "";
  async function fetchDiff() {
    const answer = await fetch(diff.dataset.url, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const html = await answer.text();
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

// The socket of a page. <body data-topics="board.1:119 run.7:48211"> names its topics and what the page already shows.
//
// Frames ({seq, topic, kind, target, swap, html, parent, before, url, lines}) are applied in order; for other scripts
// `document` hears
//   live:swapped {topics}               the page has changed (once for all frames that came together)
//   live:hint    {topic, target, url}   something changed that the page may fetch with its own rights
//   live:lines   {topic, after, seq, lines}  output of a run, each line the object of its file
//   live:state   {state, heard}         live, delayed, reconnecting, unknown (60 s without news) or stopped
//   live:reread  {}                     too much was missed; the page was read anew and morphed in place
// and is told by scripts that fetch by themselves: live:asking and, once shown, live:answered, both with one object.
// Such scripts await `live.free()` before they swap.
(() => {
  // ---- nothing is swapped while something is pressed or dragged, or the click or the drop would miss it: one rule for
  // the swaps of all pages. Ten seconds is longer than any press or drag.
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
  let pressed = null;
  function letGo(delay) {
    const was = pressed;
    setTimeout(() => { if (pressed === was) pressed = null; }, delay);
  }
  const dragging = () => document.querySelector(".sortable-chosen");
  async function free() {
    for (const began = Date.now(); pressed || dragging(); await pause(20)) {
      if (Date.now() - began > 10000) { pressed = null; return; }
    }
  }
  addEventListener("pointerdown", (e) => { pressed = e; }, true);
  // The click follows in the same task, that of a finger somewhat later.
  addEventListener("pointerup", (e) => letGo(e.pointerType === "mouse" ? 0 : 350), true);
  for (const name of ["click", "pointercancel"]) addEventListener(name, () => letGo(0), true);
  addEventListener("blur", () => letGo(0));
  // A release that nobody heard of, outside of the window for one.
  addEventListener("pointermove", (e) => { if (pressed && !e.buttons) letGo(0); }, true);
  window.live = { free };

  const byId = (id) => document.getElementById(id.replace(/^#/, ""));
  const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
  const topicsOf = (body) => new Map((body.dataset.topics || "").split(" ").filter(Boolean).map((word) => {
    const at = word.lastIndexOf(":");
    return [word.slice(0, at), Number(word.slice(at + 1))];
  }));
  let positions = topicsOf(document.body);
  if (!positions.size) return;

  // ---- swapping. Elements that hold a field, focus or something unfolded are morphed by htmx, so that nobody loses
  // what they are doing; all others are replaced at once, which is several times cheaper.
  const DELICATE = "input, textarea, select, [contenteditable], [hx-preserve], details[open]";
  const delicate = (el) => el.contains(document.activeElement) || el.matches(DELICATE) || el.querySelector(DELICATE);
  function parse(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  }
  function wake(nodes) {
    if (window.htmx) for (const node of nodes) if (node.nodeType === 1) htmx.process(node);
  }
  async function morph(el, html, swap) {
    const open = [el, ...el.querySelectorAll("details")].filter((one) => one.open && one.id).map((one) => one.id);
    await htmx.swap({ target: el, sourceElement: el, text: html, swap });
    for (const id of open) byId(id)?.setAttribute("open", "");
  }
  async function replace(el, html) {
    if (delicate(el)) return morph(el, html, "outerMorph");
    const nodes = [...parse(html).childNodes];
    el.replaceWith(...nodes);
    wake(nodes);
  }
  async function inner(el, html) {
    if (delicate(el)) return morph(el, html, "innerMorph");
    el.replaceChildren(parse(html));
    wake(el.children);
  }
  async function append(list, html) {
    const box = scroller(list), atEnd = box && box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    let added = 0;
    for (const node of [...parse(html).children]) {
      const old = node.id && byId(node.id);
      if (old) { await replace(old, node.outerHTML); continue; }
      list.append(node);
      wake([node]);
      arrive(node);
      added += 1;
    }
    if (atEnd) box.scrollTop = box.scrollHeight;
    else if (box && added) pill(box, added);
  }
  const numbers = (el) => (el.dataset.order || "").split(",").map(Number);
  function sooner(a, b) {
    for (const [i, value] of a.entries()) if (value !== (b[i] ?? 0)) return value < (b[i] ?? 0);
    return false;
  }
  // The element in front of which `node` belongs: by order if it has one, whatever else is moving; else `before`.
  function follower(list, node, before) {
    if (!node.dataset.order) return before ? byId(before) : null;
    const at = numbers(node);
    return [...list.children].find((el) => el !== node && el.dataset.order && sooner(at, numbers(el))) ?? null;
  }
  async function place({ target, parent, before, html }) {
    const list = byId(parent), id = parse(html).firstElementChild?.id || target;
    let node = byId(id);
    if (!list) return node && replace(node, html);
    if (node) await replace(node, html);
    node = byId(id) ?? parse(html).firstElementChild;
    const fresh = !node.isConnected, next = follower(list, node, before);
    const stays = node.parentElement === list && (next ? node.nextElementSibling === next : !node.nextElementSibling);
    if (!stays) {
      const held = node.contains(document.activeElement) && document.activeElement;
      list.insertBefore(node, next?.parentElement === list ? next : null);
      if (held) held.focus({ preventScroll: true });
    }
    if (fresh) { wake([node]); arrive(node); }
  }
  function arrive(node) {
    node.classList.add("just-in");
    setTimeout(() => { node.classList.remove("just-in"); if (!node.className) node.removeAttribute("class"); }, 1700);
  }

  // ---- new rows under a reader who is not at the end
  function scroller(el) {
    for (let box = el; box && box !== document.body; box = box.parentElement) {
      if (box.scrollHeight > box.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
    }
    return null;
  }
  function pill(box, more) {
    let button = box.querySelector(":scope > .new-pill");
    if (!button) {
      button = Object.assign(document.createElement("button"), { type: "button", className: "new-pill" });
      button.addEventListener("click", () => { box.scrollTop = box.scrollHeight; });
      box.addEventListener("scroll", function seen() {
        if (box.scrollHeight - box.scrollTop - box.clientHeight > 40) return;
        button.remove();
        box.removeEventListener("scroll", seen);
      });
      box.prepend(button);
    }
    button.dataset.more = Number(button.dataset.more || 0) + more;
    button.textContent = `${button.dataset.more} new below`;
  }

  // ---- frames
  async function apply(frame) {
    const el = frame.target ? byId(frame.target) : null;
    if (frame.swap === "place") return place(frame);
    if (!el) return undefined;
    if (frame.swap === "remove") return el.remove();
    return { replace, inner, append }[frame.swap]?.(el, frame.html || "");
  }
  const applied = (frame) => apply(frame).then(() => true, (error) => { console.error(error); return false; });
  // Until the page could be read it is behind, and says so; frames that come meanwhile wait.
  async function reread() {
    behind = true;
    for (let wait = 500; behind && !ended; wait = Math.min(5000, 2 * wait)) {
      behind = !(await readAnew().catch((error) => console.warn(error)));
      look();
      if (behind && !ended) await pause(wait);
    }
  }
  async function readAnew() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(20000) });
    if (answer.redirected || [401, 403, 404, 410].includes(answer.status)) { ended = ENDS[4403]; return false; }
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(".shell") ?? page.body, old = document.querySelector(".shell") ?? document.body;
    await free();
    await morph(old, fresh.outerHTML, "outerMorph");
    say(shown);
    positions = topicsOf(page.body);
    join();
    tell("reread", {});
    return true;
  }
  async function obey(frames) {
    const touched = new Set();
    let again = false;
    for (const frame of frames) {
      if (frame.kind === "beat") {
        for (const [topic, at] of Object.entries(frame.at)) positions.set(topic, Math.max(at, positions.get(topic) ?? 0));
        if ((frame.trouble ?? "") !== trouble) { trouble = frame.trouble ?? ""; say(shown); }
      } else if (frame.kind === "reset") again = true;
      else if (frame.kind === "refused") { positions.delete(frame.topic); ended = REFUSED; look(); }
      else if (frame.kind === "hint") tell("hint", frame);
      else if (frame.kind === "lines") { if (frame.seq > (positions.get(frame.topic) ?? 0)) tell("lines", frame); }
      // What could not be shown must not cost the frames after it.
      else if (await applied(frame)) touched.add(frame.topic);
      else again = true;
      if (frame.seq) positions.set(frame.topic, Math.max(frame.seq, positions.get(frame.topic) ?? 0));
    }
    if (again) { await reread(); touched.add(""); }
    if (touched.size) tell("swapped", { topics: [...touched] });
  }
  let last = Promise.resolve(), waiting = 0, moved = 0;
  function enqueue(frames) {
    if (!waiting) moved = Date.now();
    waiting += 1;
    last = last.then(async () => {
      await free();
      await obey(frames);
    }).catch((error) => console.error(error)).then(() => { waiting -= 1; moved = Date.now(); });
  }
  // An answer may show what was true before a frame that came while it was on its way: such frames are asked for again.
  const asked = new WeakMap(), overtaken = new Map();
  const asking = (key) => asked.set(key, new Map(positions));
  function answered(key) {
    for (const [topic, at] of asked.get(key) ?? []) {
      if (topic.startsWith("run.") || (positions.get(topic) ?? 0) <= at) continue;
      if (!overtaken.size) setTimeout(() => { join(overtaken); overtaken.clear(); }, 200);
      overtaken.set(topic, Math.min(at, overtaken.get(topic) ?? at));
    }
    asked.delete(key);
  }
  async function freely(...given) {
    const answer = await fetch(...given);
    await answer.clone().text();
    await free();
    return answer;
  }
  document.addEventListener("htmx:before:request", ({ detail }) => { asking(detail.ctx); detail.ctx.fetch = freely; });
  document.addEventListener("htmx:after:swap", ({ detail }) => answered(detail.ctx));
  document.addEventListener("live:asking", ({ detail }) => asking(detail));
  document.addEventListener("live:answered", ({ detail }) => answered(detail));

  // ---- the connection and its words. A page is live once the board has answered its join: an open socket is not enough.
  const ENDS = { 4403: "Signed out, or no longer a member", 4429: "Live updates off: too many open pages" };
  const REFUSED = "Not live any more: load the page again";
  // `heard` is the board's last sign of life; what the page shows is as of `caught`.
  let socket, began, greeted = false, heard = Date.now(), caught = heard, tries = 0, ended = "", behind = false, shown = "", timer;
  let trouble = ""; // what the board says of its workers
  function join(from = positions) {
    if (socket?.readyState === 1) socket.send(JSON.stringify({ join: Object.fromEntries(from), lists: true }));
  }
  function open() {
    clearTimeout(timer);
    began = Date.now();
    greeted = false;
    const own = socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/`);
    own.onopen = () => join();
    own.onmessage = ({ data }) => {
      heard = Date.now();
      const body = JSON.parse(data);
      if (body.kind !== "beat" || Object.keys(body.at).length) { greeted = true; tries = 0; caught = heard; }
      enqueue(Array.isArray(body) ? body : [body]);
      if (shown !== "live") look();
    };
    own.onclose = ({ code }) => {
      if (own !== socket) return;
      ended ||= ENDS[code] ?? "";
      if (!ended) timer = setTimeout(open, Math.min(5000, 250 * 2 ** tries++) * (0.75 + Math.random() / 2));
      look();
    };
  }
  function look() {
    const now = Date.now(), age = now - caught, up = socket?.readyState === 1 && greeted;
    let state = "live";
    if (ended) state = "stopped";
    else if (age > 60000) state = "unknown";
    else if (now - heard > 10000 || (!up && age > 1500)) state = "reconnecting";
    else if (age > 8000 || behind || (waiting && now - moved > 8000)) state = "delayed";
    if (!ended && socket?.readyState < 2 && now - Math.max(heard, began) > 10000) { socket.onclose = null; socket.close(); open(); }
    if (state === shown || (!up && shown === "" && state === "live")) return;
    shown = state;
    document.body.dataset.live = state;
    say(state);
    tell("state", { state, heard: caught });
  }
  function say(state) {
    const mark = byId("connection");
    if (!mark || !state) return;
    const since = new Date(caught).toLocaleTimeString([], { hour12: false });
    const behind = `Reconnecting · shown as of ${since}`;
    const words = { live: trouble.split(". ")[0] || "Live", delayed: "Live updates delayed", stopped: ended, reconnecting: behind, unknown: behind };
    mark.dataset.link = { live: trouble && "down", stopped: "stopped" }[state] ?? "down";
    if (!mark.dataset.link) delete mark.dataset.link;
    mark.title = state === "live" ? trouble : "";
    const pulse = mark.querySelector(".pulse"), word = mark.querySelector(".word");
    if (pulse) { if (state === "live" && !trouble) delete pulse.dataset.live; else pulse.dataset.live = "unknown"; }
    if (word) word.textContent = words[state];
    else mark.replaceChildren(...[pulse, words[state]].filter(Boolean));
  }
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("online", () => { if (socket?.readyState > 1 && !ended) open(); });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", open);
  else open();
})();

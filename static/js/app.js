// Every page: theme, dialogs, ages, notices, delegated actions, keys, the palette. No listener per row.
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const base = document.title;

  // ---- ages: markup carries the moment, the browser says how long ago, in one pass every 10 s
  function span(seconds) {
    const s = Math.max(0, Math.round(seconds));
    if (s < 10) return `${s} s`;
    if (s < 60) return `${s - (s % 10)} s`;
    if (s < 3600) return `${Math.floor(s / 60)} m`;
    if (s < 86400) return `${Math.floor(s / 3600)} h`;
    return `${Math.floor(s / 86400)} d`;
  }
  function tick() {
    const now = Date.now();
    for (const t of document.querySelectorAll("time[data-age], time[data-until]")) {
      const at = Date.parse(t.dateTime);
      const text = "age" in t.dataset ? span((now - at) / 1000) : at > now ? `in ${span((at - now) / 1000)}` : "now";
      if (t.textContent !== text) t.textContent = text;
    }
  }
  tick();
  setInterval(tick, 10000);
  for (const event of ["htmx:after:swap", "live:swapped"]) document.addEventListener(event, tick);

  // ---- the title says how much waits, and nothing else; what is new is announced and, if allowed, notified
  const waiting = () => (byId("nav-count-asks")?.dataset.asks || "").split(" ").filter(Boolean);
  function title() {
    const named = document.querySelector("[data-page-title]")?.dataset.pageTitle;
    const n = waiting().length, own = named ? `${named} · Teamboard` : base, shown = n ? `(${n}) ${own}` : own;
    if (document.title !== shown) document.title = shown;
    for (const count of document.querySelectorAll("[data-attention-count]")) { count.textContent = n; count.hidden = !n; }
  }
  title();
  let known = new Set(waiting());
  function arrivals() {
    title();
    const fresh = waiting().filter((id) => !known.has(id));
    known = new Set(waiting());
    if (!fresh.length) return;
    const text = byId("nav-count-asks").dataset.newest || "Something waits for you";
    byId("announce").textContent = text;
    if (document.hidden && "Notification" in window && Notification.permission === "granted") {
      new Notification("Teamboard", { body: text, tag: fresh.at(-1) });
    }
  }
  for (const event of ["htmx:after:swap", "live:swapped"]) document.addEventListener(event, arrivals);

  // ---- notices: a refusal names itself by a header; other failures get one plain sentence
  function notice(html, text) {
    const dialog = document.querySelector("dialog[open]");
    const box = dialog?.querySelector(".notices") || byId("notices");
    box.innerHTML = html || '<div class="notice" data-tone="bad"><span></span><button type="button" class="btn push" data-size="s" data-dismiss>Close</button></div>';
    if (!html) box.querySelector("span").textContent = text;
  }
  document.addEventListener("htmx:after:request", (e) => {
    const { response, text, sourceElement: form } = e.detail.ctx;
    if (response.status < 400) {
      for (const box of document.querySelectorAll(".notices")) box.replaceChildren();
      // a form that did its work is emptied and closed; one that was refused keeps what was typed
      const done = form?.matches?.("form[data-done]") ? form.dataset.done : "";
      if (done.includes("reset")) form.reset();
      if (done.includes("close")) form.closest("dialog")?.close();
      if (done.includes("fold")) form.closest("details")?.removeAttribute("open");
    } else if (response.headers.get("X-Notice")) notice(text);
    else if (response.status === 403) notice("", "Your role here does not allow this.");
    else if (response.status === 404) notice("", "This is no longer here, or you may not see it.");
    else notice("", `The board could not do this (${response.status}).`);
  });
  document.addEventListener("htmx:error", () => notice("", "The board does not answer. What you typed is still here."));

  // ---- delegated actions: hot fragments carry data-act and data-url, never hx-*
  function act(button) {
    if (button.dataset.confirm && !confirm(button.dataset.confirm)) return;
    const values = {};
    for (const [key, value] of Object.entries(button.dataset)) {
      if (key.startsWith("value")) values[key.slice(5).toLowerCase()] = value;
    }
    button.disabled = true;
    const done = () => { button.disabled = false; };
    htmx.ajax("POST", button.dataset.url, { swap: "none", target: document.body, values }).then(done, done);
  }

  async function show(id, from) {
    const d = byId(id), place = from || d?.dataset.load;
    if (d && place) { // a form is read when it opens, so that it never shows what is no longer true
      const answer = await fetch(place, { headers: { "HX-Request": "true" } });
      if (!answer.ok) { notice("", "This cannot be opened now."); return; }
      d.innerHTML = await answer.text();
      htmx.process(d);
    }
    if (d?.showModal && !d.open) d.showModal();
    d?.querySelector("[autofocus]")?.focus();
    d?.dispatchEvent(new Event("shown"));
  }
  function flipTheme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
  }
  document.addEventListener("click", (e) => {
    const at = (s) => e.target.closest(s);
    const button = at("[data-act][data-url]");
    if (button) { e.preventDefault(); act(button); }
    if (at("[data-theme-toggle]")) flipTheme();
    if (at("[data-open]")) show(at("[data-open]").dataset.open, at("[data-open]").dataset.from);
    if (at("[data-close]")) at("dialog")?.close();
    if (at("[data-dismiss]")) at(".notice")?.remove();
    const copy = at("[data-copy]");
    if (copy) navigator.clipboard?.writeText(byId(copy.dataset.copy)?.textContent.trim() ?? "");
    if (at("[data-notify]") && "Notification" in window) Notification.requestPermission();
    if (e.target.matches("dialog")) e.target.close();
  });

  // ---- keys: single ones are off inside fields
  let prefix = "";
  const typing = (el) => el.matches?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k" && byId("palette")) { e.preventDefault(); show("palette"); return; }
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter") {
      const form = e.target.closest?.("form[data-send]");
      if (form) { e.preventDefault(); form.requestSubmit(); }
    }
    if (typing(e.target) || e.ctrlKey || e.metaKey || e.altKey || localStorage.getItem("keys") === "off") return;
    if (e.key === "T") flipTheme();
    const project = document.body.dataset.project;
    const to = { b: "", r: "review/", q: "queue/", t: "team/" }[e.key];
    if (prefix === "g" && project && to !== undefined) location.href = `/p/${project}/${to}`;
    prefix = e.key === "g" ? "g" : "";
    if (e.key === "n" && byId("new-task") && document.body.dataset.role !== "observer") { e.preventDefault(); show("new-task"); }
  });

  // ---- palette
  const palette = byId("palette");
  if (palette) {
    const input = palette.querySelector("input"), list = byId("palette-results");
    let asked = 0, timer;
    const options = () => [...list.querySelectorAll('[role="option"]')];
    function choose(i) {
      const all = options();
      const to = Math.max(0, Math.min(all.length - 1, i));
      all.forEach((o, k) => o.setAttribute("aria-selected", k === to));
      all[to]?.scrollIntoView({ block: "nearest" });
    }
    async function search() {
      const n = ++asked;
      const answer = await fetch(`${palette.dataset.url}?q=${encodeURIComponent(input.value)}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok || n !== asked) return;
      list.innerHTML = await answer.text();
      choose(0);
    }
    const chosen = () => options().findIndex((o) => o.getAttribute("aria-selected") === "true");
    function run(option) {
      if (!option) return;
      palette.close();
      if (option.dataset.href) location.href = option.dataset.href;
      else if (option.dataset.opens) show(option.dataset.opens);
    }
    palette.addEventListener("shown", () => { input.select(); search(); });
    input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
    input.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown") { e.preventDefault(); choose(chosen() + 1); }
      if (e.key === "ArrowUp") { e.preventDefault(); choose(chosen() - 1); }
      if (e.key === "Enter") { e.preventDefault(); run(options()[chosen()]); }
    });
    list.addEventListener("click", (e) => run(e.target.closest('[role="option"]')));
  }
})();

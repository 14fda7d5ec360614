// Every page: theme, dialogs, ages, notices, delegated actions, keys, the palette. No listener per row.
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

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
  // ---- the list of projects is the same on every page
  function markOpenProject() {
    for (const link of document.querySelectorAll("#projects [data-project]")) {
      if (link.dataset.project === document.body.dataset.project) link.setAttribute("aria-current", "true");
    }
  }
  markOpenProject();
  for (const event of ["htmx:after:swap", "live:swapped"]) document.addEventListener(event, () => { tick(); markOpenProject(); });

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

  // ---- forms in fragments, which carry no hx attributes either
  document.addEventListener("submit", (e) => {
    const form = e.target.closest("form[data-post]");
    if (!form) return;
    e.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    htmx.ajax("POST", form.dataset.post, { swap: "none", target: document.body, values });
  });

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
    if (at("[data-open], [data-close]")) at("[popover]")?.hidePopover();
    if (at("[data-dismiss]")) at(".notice")?.remove();
    const copy = at("[data-copy]");
    if (copy) navigator.clipboard?.writeText(byId(copy.dataset.copy)?.textContent.trim() ?? "");
    if (e.target.matches("dialog")) e.target.close();
  });

  // ---- keys: single ones are off inside fields, and for those who turned them off
  let prefix = "";
  const typing = (el) => el.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const off = () => localStorage.getItem("keys") === "off";
  const project = document.body.dataset.project;
  const GO = { b: "", r: "review/", q: "queue/", t: "team/", h: "branches/", s: "settings/" };
  const single = {
    T: flipTheme,
    "?": () => show("keys"),
    n() {
      if (!byId("new-task") || document.body.dataset.role === "observer") return false;
      return show("new-task");
    },
  };
  document.addEventListener("keydown", (e) => {
    const control = e.ctrlKey || e.metaKey;
    if (control && e.key.toLowerCase() === "k" && byId("palette")) { e.preventDefault(); show("palette"); return; }
    if (control && e.key === "Enter") {
      const form = e.target.closest?.("form[data-send]");
      if (form) { e.preventDefault(); form.requestSubmit(); }
    }
    if (typing(e.target) || control || e.altKey || off() || document.querySelector("dialog[open]")) return;
    if (prefix === "g" && project && e.key in GO) location.href = `/p/${project}/${GO[e.key]}`;
    else if (e.key in single && single[e.key]() !== false) e.preventDefault();
    prefix = e.key === "g" ? "g" : "";
  });
  const keys = byId("keys-on");
  if (keys) {
    keys.checked = !off();
    keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
  }
  // an address can name what it opens: /p/1/#new-task
  if (location.hash === "#new-task" && byId("new-task")) { history.replaceState(null, "", location.pathname); show("new-task"); }

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
      else if (byId(option.dataset.opens)) show(option.dataset.opens);
      else location.href = `/p/${project}/#${option.dataset.opens}`;
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

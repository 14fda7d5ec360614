// The board: choose asks, filter cards, drag cards, fold columns, write a quick task. Delegated, nothing per card.
(() => {
  const grid = document.getElementById("lane-grid");
  const page = document.querySelector(".board-page");
  const byId = (id) => document.getElementById(id);
  const store = (key, value) => (value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value));

  // ---- lanes: counts, filter
  const text = byId("filter-text"), agent = byId("filter-agent"), label = byId("filter-label");
  function fits(li) {
    const words = text.value.trim().toLowerCase();
    return (!words || li.textContent.toLowerCase().includes(words))
      && (!agent.value || li.dataset.agent === agent.value)
      && (!label.value || li.dataset.labels.split("|").includes(label.value));
  }
  // the filters offer what the cards carry
  function offer(select, found) {
    const chosen = select.value, all = [...found].sort((a, b) => a[1].localeCompare(b[1]));
    const now = [...select.options].slice(1).map((o) => `${o.value} ${o.text}`).join("|");
    if (now === all.map(([value, name]) => `${value} ${name}`).join("|")) return;
    select.length = 1;
    for (const [value, name] of all) select.add(new Option(name, value));
    select.value = found.has(chosen) ? chosen : "";
  }
  function choices() {
    const names = new Map(), labels = new Map();
    for (const li of grid.querySelectorAll("[data-lane] > li")) {
      if (li.dataset.agent) names.set(li.dataset.agent, li.dataset.agentName);
      for (const name of li.dataset.labels.split("|").filter(Boolean)) labels.set(name, name);
    }
    offer(agent, names);
    offer(label, labels);
  }
  function refresh() {
    choices();
    const filtered = text.value || agent.value || label.value;
    for (const list of grid.querySelectorAll("[data-lane]")) {
      let shown = 0;
      for (const li of list.children) {
        const hide = filtered ? !fits(li) : false;
        if (li.hidden !== hide) li.hidden = hide;
        shown += !hide;
      }
      const count = grid.querySelector(`[data-lane-count="${list.dataset.lane}"]`);
      const said = filtered ? `${shown} of ${list.children.length}` : String(list.children.length);
      if (count.textContent !== said) count.textContent = said;
    }
  }
  refresh();
  for (const field of [text, agent, label]) field.addEventListener("input", refresh);
  // a card that came both by the socket and as an answer is one card: the later one stays
  function once() {
    const seen = new Set();
    for (const li of [...grid.querySelectorAll("[data-lane] > li")].reverse()) {
      if (seen.has(li.id)) li.remove();
      seen.add(li.id);
    }
  }
  for (const event of ["live:swapped", "htmx:after:swap"]) document.addEventListener(event, () => { once(); refresh(); });

  // ---- density and folding, kept per person
  function density(value) {
    if (value) grid.dataset.density = value; else delete grid.dataset.density;
    for (const b of document.querySelectorAll("[data-density-set]")) b.setAttribute("aria-pressed", b.dataset.densitySet === value);
  }
  density(store("density") ?? (grid.querySelectorAll("[data-lane] > li").length >= 40 ? "compact" : ""));
  page.dataset.fold = store("fold") ?? "";
  document.addEventListener("click", (e) => {
    const d = e.target.closest("[data-density-set]");
    if (d) { density(d.dataset.densitySet); store("density", d.dataset.densitySet); }
    const f = e.target.closest("[data-fold-set]");
    if (f) {
      const set = new Set((page.dataset.fold || "").split(" ").filter(Boolean));
      if (!set.delete(f.dataset.foldSet)) set.add(f.dataset.foldSet);
      page.dataset.fold = [...set].join(" ");
      store("fold", page.dataset.fold);
    }
  });

  // ---- drag: reorder, and between backlog and ready; other lanes follow from evidence
  const role = document.body.dataset.role;
  if (window.Sortable && role !== "observer") {
    for (const list of grid.querySelectorAll("[data-lane]")) {
      const byHand = ["ready", "backlog"].includes(list.dataset.lane);
      Sortable.create(list, {
        group: byHand ? "by-hand" : `only-${list.dataset.lane}`, sort: list.dataset.lane !== "done", animation: 120,
        delay: 120, delayOnTouchOnly: true, filter: ".start", preventOnFilter: false,
        // what the library leaves on a card that was let go would tell apart cards that are the same
        onUnchoose: ({ item }) => item.removeAttribute("draggable"),
        onEnd: ({ item, to, from, oldIndex, newIndex }) => {
          if (to === from && oldIndex === newIndex) return;
          const before = item.nextElementSibling?.id.replace("card-", "") ?? "";
          const values = { before };
          if (to !== from) values.state = to.dataset.lane;
          let refused = false;
          const mark = () => { refused = true; };
          document.addEventListener("htmx:response:error", mark, { once: true });
          htmx.ajax("POST", `/tasks/${item.id.replace("card-", "")}/move/`, { swap: "none", target: document.body, values }).finally(() => {
            document.removeEventListener("htmx:response:error", mark);
            if (refused) from.insertBefore(item, from.children[oldIndex] ?? null);
            refresh();
          });
        },
      });
    }
  }

  // ---- asks: one tab stop, j and k, digits choose an option, enter opens
  const asks = () => [...document.querySelectorAll("#attention-list .ask")];
  let current = "";
  function choose(ask, focus) {
    for (const a of asks()) { a.removeAttribute("aria-current"); a.tabIndex = -1; }
    if (!ask) return;
    current = ask.id;
    ask.setAttribute("aria-current", "true");
    ask.tabIndex = 0;
    if (focus) ask.focus();
  }
  const restore = () => choose(asks().find((a) => a.id === current) ?? asks()[0], false);
  restore();
  const list = byId("attention-list");
  list.addEventListener("click", (e) => {
    const ask = e.target.closest(".ask");
    if (ask && !e.target.closest("a, button")) choose(ask, true);
  });

  // ---- new asks wait in #attention-next until the list has had neither pointer nor key for three seconds, so that
  // nothing moves under a click; meanwhile a pill tells of them, and what no longer waits is dimmed where it stands
  const next = byId("attention-next"), pill = byId("attention-new"), REST = 3000;
  let under = false, touched = 0, soon;
  const busy = () => under || list.contains(document.activeElement) && document.activeElement.matches(":focus-visible");
  function release() {
    pill.hidden = true;
    if (next.childElementCount) list.replaceChildren(...next.children);
    restore();
    document.dispatchEvent(new CustomEvent("asks:shown"));
  }
  function hold() {
    const coming = [...next.children].map((ask) => ask.id), here = new Set(asks().map((ask) => ask.id));
    for (const ask of asks()) ask.toggleAttribute("data-gone", !coming.includes(ask.id));
    for (const option of list.querySelectorAll("[data-gone] .option")) option.disabled = true;
    const fresh = coming.filter((id) => id.startsWith("ask-") && !here.has(id)).length;
    const gone = list.querySelectorAll("[data-gone]").length;
    pill.textContent = fresh ? `${fresh} new` : `${gone} no longer waiting`;
    pill.hidden = !fresh && !gone;
  }
  function settle() {
    clearTimeout(soon);
    if (!next.childElementCount) return;
    const left = busy() ? Infinity : touched + REST - Date.now();
    if (left <= 0) { release(); return; }
    hold();
    if (left < Infinity) soon = setTimeout(settle, left);
  }
  const touch = () => { touched = Date.now(); settle(); };
  for (const event of ["pointerenter", "pointermove"]) list.addEventListener(event, (e) => { under = e.pointerType !== "touch"; });
  const away = () => { under = false; touch(); };
  list.addEventListener("pointerleave", away);
  document.addEventListener("visibilitychange", () => { if (document.hidden) away(); });
  for (const event of ["pointerdown", "focusin", "focusout"]) list.addEventListener(event, touch);
  for (const event of ["live:swapped", "htmx:after:swap"]) document.addEventListener(event, () => { settle(); restore(); });
  pill.addEventListener("click", release);

  let afterG = false; // "g r" goes to the review inbox
  document.addEventListener("keydown", (e) => {
    if (e.target.matches?.("input, textarea, select, [contenteditable]") || e.ctrlKey || e.metaKey || e.altKey) return;
    if (document.querySelector("dialog[open]") || store("keys") === "off") return;
    if (e.key === "Escape" && list.contains(document.activeElement)) { document.activeElement.blur(); release(); }
    const all = asks(), at = all.findIndex((a) => a.getAttribute("aria-current") === "true");
    if (e.key === "j") choose(all[Math.min(all.length - 1, at + 1)], true);
    if (e.key === "k") choose(all[Math.max(0, at - 1)], true);
    if (/^[1-9]$/.test(e.key)) all[at]?.querySelectorAll(".option")[Number(e.key) - 1]?.click();
    if (e.key === "a") all[at]?.querySelector(".option[data-default]")?.click();
    const free = [document.body, all[at]].includes(document.activeElement);
    if (e.key === "Enter" && free) all[at]?.querySelector("a")?.click();
    if (e.key === "r" && !afterG) {
      const change = all[at]?.querySelector(".ask-text a")?.getAttribute("href");
      if (change?.startsWith("/changes/")) location.href = `${change}#request-changes`;
    }
    afterG = e.key === "g";
  });

  // ---- quick task: enter creates and starts, ctrl enter creates only
  const quick = byId("quick-task");
  quick.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey)) return;
    e.preventDefault();
    quick.requestSubmit(quick.querySelector('[data-act="create"]'));
  });
})();

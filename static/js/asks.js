// What waits for this person, on every page: the title's count, one spoken sentence and, if allowed, a notification.
(() => {
  const byId = (id) => document.getElementById(id);
  const base = document.title, me = Number(document.body.dataset.user);
  const RANK = { observer: 1, reviewer: 2, architect: 3 }, mineIs = RANK[document.body.dataset.role] ?? 0;
  const all = () => JSON.parse(byId("nav-count-asks")?.dataset.asks || "[]");
  const mine = () => all().filter((ask) => mineIs >= RANK[ask.least] && !ask.not.includes(me));
  // A change that waits again after a new patch set is a new ask.
  const key = (ask) => `${ask.id}@${ask.at}`;

  // ---- the title: how much waits, "?" when nobody knows, "Stopped" when this page is told nothing more
  function title() {
    const named = document.querySelector("[data-page-title]")?.dataset.pageTitle;
    const own = named ? `${named} · Teamboard` : base, { live } = document.body.dataset, n = mine().length;
    const shown = live === "stopped" ? `Stopped · ${own}` : live === "unknown" ? `(?) ${own}` : n ? `(${n}) ${own}` : own;
    if (document.title !== shown) document.title = shown;
    const listed = all().length;
    for (const count of document.querySelectorAll("[data-attention-count]")) {
      if (count.textContent !== String(listed)) count.textContent = listed;
      count.hidden = !listed;
    }
  }

  // ---- spoken: one sentence, at most every 20 s; the newest wins
  let spoken = 0, waiting;
  function announce(text) {
    clearTimeout(waiting);
    const pause = spoken + 20000 - Date.now();
    if (pause > 0) { waiting = setTimeout(announce, pause, text); return; }
    spoken = Date.now();
    byId("announce").textContent = text;
  }

  // ---- told once in this browser, however many pages are open: one that is looked at makes the others silent
  const told = () => JSON.parse(localStorage.getItem("told") || "[]");
  function claim(ask) {
    const known = told();
    if (known.includes(key(ask))) return false;
    localStorage.setItem("told", JSON.stringify([...known, key(ask)].slice(-200)));
    return true;
  }
  function notify(ask) {
    const project = document.querySelector(".project-pick > span")?.textContent ?? "Teamboard";
    const note = new Notification(`${ask.word} · ${project}`, { body: ask.text, tag: key(ask) });
    note.onclick = () => { window.focus(); location.href = ask.url; note.close(); };
  }
  const wanted = () => "Notification" in window && Notification.permission === "granted" && localStorage.getItem("notify") !== "off";
  function tell(ask) {
    if (!document.hidden) claim(ask);
    else if (wanted()) setTimeout(() => { if (claim(ask)) notify(ask); }, 300);
  }

  let known = new Set(mine().map(key));
  function arrivals() {
    title();
    const now = mine(), fresh = now.filter((ask) => !known.has(key(ask)));
    known = new Set(now.map(key));
    for (const ask of fresh) if (ask.text) tell(ask);
    if (fresh.length) announce(fresh.at(-1).text ? `${fresh.at(-1).word}: ${fresh.at(-1).text}` : "Something waits for you");
  }
  title();
  for (const event of ["htmx:after:swap", "live:swapped"]) document.addEventListener(event, arrivals);
  document.addEventListener("live:state", title);

  // ---- the button: permission is asked by a click and never on load
  const WORDS = {
    default: "Notify me on this computer", on: "Notifications are on; turn them off", off: "Notifications are off; turn them on",
    denied: "Notifications are blocked in this browser's settings for this address",
  };
  function bell() {
    for (const button of document.querySelectorAll("[data-notify]")) {
      button.hidden = !("Notification" in window);
      if (button.hidden) continue;
      const state = Notification.permission === "granted" ? (wanted() ? "on" : "off") : Notification.permission;
      button.setAttribute("aria-pressed", String(state === "on"));
      button.toggleAttribute("aria-disabled", state === "denied");
      button.title = WORDS[state];
      button.setAttribute("aria-label", WORDS[state]);
    }
  }
  bell();
  document.addEventListener("click", async (e) => {
    if (!e.target.closest("[data-notify]") || !("Notification" in window)) return;
    if (Notification.permission === "granted") localStorage.setItem("notify", wanted() ? "off" : "on");
    else if (await Notification.requestPermission() === "granted") localStorage.setItem("notify", "on");
    bell();
  });
})();

// Around the review of a change: suggestions, and keys that look at a line.
(() => {
  const main = document.getElementById("main");
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // ---- suggestions: the lines of the comment are put into a fenced block, ready to be changed
  function codeOf(thread) {
    const { key, path, side = "new", start, end, line } = thread.dataset;
    const last = Number(end || line), first = Number(start || last);
    const file = key ? document.getElementById(`file-${key}`) : $$(".file").find((one) => one.dataset.path === path);
    if (!file || side !== "new" || !last) return null;
    const rows = [];
    for (let n = first; n <= last; n += 1) rows.push($(`.ln[data-n="${n}"]`, file));
    return rows.some((row) => !row) ? null : rows.map((row) => row.textContent.replace(/\n$/, ""));
  }
  function suggest(form) {
    const field = $("textarea", form), lines = codeOf(form.closest(".thread"));
    const say = $(".saved", form);
    if (!lines) { say.textContent = "A suggestion needs lines of the new side: click on a line's number."; return; }
    const fence = lines.some((line) => line.startsWith("```")) ? "~~~~" : "```";
    const before = field.value && !field.value.endsWith("\n") ? "\n" : "", head = `${before}${fence}suggestion\n`;
    const at = field.value.length + head.length;
    field.value += `${head}${lines.join("\n")}\n${fence}\n`;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    field.setSelectionRange(at, at + lines.join("\n").length);
  }
  function picked() {
    const chosen = $$("[data-pick]:checked").map((box) => box.dataset.pick), button = $("#apply-picked");
    if (!button) return;
    button.hidden = !chosen.length;
    button.dataset.valueComment = chosen.join(",");
    button.textContent = `Apply ${chosen.length} suggestion${chosen.length === 1 ? "" : "s"} as one patch set`;
  }
  document.addEventListener("change", (e) => { if (e.target.matches("[data-pick]")) picked(); });
  document.addEventListener("live:swapped", picked);
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-act=suggest]");
    if (button) suggest(button.closest(".compose"));
  });

  // ---- who else is here: everybody is told the same, and nobody is told of themselves
  function company() {
    const box = $("#presence"), others = $$("#presence [data-person]");
    for (const one of others) one.hidden = one.dataset.person === document.body.dataset.user;
    const names = others.filter((one) => !one.hidden).map((one) => one.dataset.name);
    box.hidden = !names.length;
    box.title = `${names.join(", ")} ${names.length === 1 ? "is" : "are"} here too`;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", box.title);
  }
  document.addEventListener("live:swapped", company);
  // silent sockets know nothing of others
  document.addEventListener("live:state", (e) => { if (e.detail.state !== "live") $("#presence").hidden = true; else company(); });

  // ---- keys that look: single ones are off inside fields
  function threadAtCursor() {
    const row = $("#files .ln[aria-current=true]"), under = (row?.closest(".pair") ?? row)?.nextElementSibling;
    return under?.matches(".thread") ? under : null;
  }
  async function why(row) {
    const side = row.dataset.n ? "new" : "old", box = $("#why-chain");
    const asked = { ps: main.dataset.ps, path: row.closest(".file").dataset.path, side, line: side === "new" ? row.dataset.n : row.dataset.o, text: row.textContent };
    if (main.dataset.against) asked.against = main.dataset.against;
    const answer = await fetch(`/changes/${main.dataset.change}/why/?${new URLSearchParams(asked)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer) box.innerHTML = await answer.text();
    else box.textContent = "The board does not answer.";
    $("#why").showModal();
    document.dispatchEvent(new CustomEvent("live:swapped", { detail: { by: "change" } }));
  }
  const keys = {
    w() {
      const row = $("#files .ln[aria-current=true]");
      if (row) why(row);
      return Boolean(row);
    },
    Enter() {
      const thread = threadAtCursor();
      if (!thread) return false;
      const talk = $(".talk", thread), button = $("[data-act=unfold-thread]", thread);
      if (talk?.hidden) button.click();
      ($(".thread-foot .btn", thread) ?? thread).focus();
      return true;
    },
  };
  $("#why")?.addEventListener("click", (e) => { if (e.target.closest("a")) $("#why").close(); });
  document.addEventListener("keydown", (e) => {
    const busy = e.target.matches?.("a, button, input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (busy || e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]") || localStorage.getItem("keys") === "off") return;
    if (keys[e.key] && main.dataset.change && keys[e.key]()) e.preventDefault();
  });
})();

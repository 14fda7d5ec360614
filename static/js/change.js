// The review pages: one delegated listener for clicks, one for keys. Markup comes from the server; this script only
// fetches it, puts it in its place, and saves drafts while they are typed.
(() => {
  const main = document.getElementById("main");
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const change = main.dataset.change;
  const may = ["architect", "reviewer"].includes(document.body.dataset.role);

  // ---- talking to the server
  async function call(url, values) {
    const body = values && new URLSearchParams(values);
    const headers = { "HX-Request": "true", "X-CSRFToken": main.dataset.csrf };
    const tell = (name) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail: headers }));
    let answer;
    tell("asking");
    try {
      answer = await fetch(url, { method: values ? "POST" : "GET", headers, body, keepalive: Boolean(values) });
    } catch {
      throw new Error("The board does not answer. What you typed is still here.");
    }
    // By then the caller has shown it.
    setTimeout(tell, 250, "answered");
    if (answer.ok) return answer;
    const html = await answer.text();
    if (answer.headers.get("X-Notice")) throw Object.assign(new Error(plain(html)), { html, code: answer.headers.get("X-Notice") });
    if (answer.status === 403) throw new Error("Your role here does not allow this.");
    if (answer.status === 404) throw new Error("This is no longer here, or you may not see it.");
    throw new Error(`The board could not do this (${answer.status}).`);
  }
  const plain = (html) => parse(html).textContent.replace(/\s+/g, " ").trim();
  function parse(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  }
  function say(error) {
    const box = $("dialog[open] .notices") || $("dialog[open] form") || $("#notices");
    const line = document.createElement("p");
    line.className = "notice";
    line.dataset.tone = "bad";
    line.setAttribute("role", "alert");
    line.textContent = error.message;
    $$(".notice[role=alert]", box).forEach((old) => old.remove());
    box.append(line);
    if (box.id === "notices") setTimeout(() => line.remove(), 10000);
  }
  const announce = (text) => { const live = $("#announce"); if (live) live.textContent = text; };
  const sight = () => {
    const pinned = { ps: main.dataset.ps };
    if (main.dataset.against) pinned.against = main.dataset.against;
    return pinned;
  };
  const query = (more = {}) => new URLSearchParams({ ...sight(), ...more });

  // ---- putting markup in its place: everything has an id
  function place(html) {
    for (const fresh of [...parse(html).children]) {
      if (fresh.matches(".thread")) placeThread(fresh);
      else document.getElementById(fresh.id)?.replaceWith(fresh);
    }
    after();
  }
  // Open threads are counted where they stand: in the tree, on the file, on their lines. A file that is not filled yet
  // keeps what the server counted.
  function countOpen() {
    for (const file of $$(".file:not([data-fill])").filter((one) => $(".hunk", one))) {
      $$(".ln[data-open]", file).forEach((row) => row.removeAttribute("data-open"));
      const open = $$(".thread[data-state=open]", file);
      for (const { dataset: at } of open) {
        for (let n = Number(at.start || at.line); n && n <= Number(at.line); n++) {
          $$(`.ln[data-${at.side === "old" ? "o" : "n"}="${n}"]`, file).forEach((row) => row.setAttribute("data-open", ""));
        }
      }
      showCount($(`#tree a[href="#${file.id}"] .marks`), ".dot-open", open.length, (dot, n) => {
        dot.className = "dot-open";
        dot.setAttribute("role", "img");
        dot.setAttribute("aria-label", `${n} open thread${n === 1 ? "" : "s"}`);
        dot.textContent = n;
      }, (dot, marks) => marks.prepend(dot));
      showCount($(".file-head", file), ".chip[data-tone=human]", open.length, (chip, n) => {
        chip.className = "chip";
        chip.dataset.tone = "human";
        chip.textContent = `${n} open`;
      }, (chip, head) => $(".push", head).before(chip));
    }
  }
  function showCount(box, mark, count, fill, put) {
    if (!box) return;
    const old = $(mark, box);
    if (!count) { old?.remove(); return; }
    const node = old || document.createElement("span");
    fill(node, count);
    if (!old) put(node, box);
  }
  function after() {
    measure();
    drafts();
    dock();
    countOpen();
    document.dispatchEvent(new CustomEvent("live:swapped", { detail: { by: "change" } }));
  }
  function placeThread(fresh) {
    const old = document.getElementById(fresh.id);
    if (old) {
      const typed = $(".compose", old), field = typed && $("textarea", typed), focused = field && field === document.activeElement;
      old.replaceWith(fresh);
      // What somebody is typing is never swapped away, nor is where they type.
      if (focused || typed?.dataset.dirty) {
        $(".compose", fresh)?.remove();
        ($(".talk", fresh) || fresh).append(typed);
        if (focused) field.focus({ preventScroll: true });
      }
      return;
    }
    const file = fresh.dataset.key && document.getElementById(`file-${fresh.dataset.key}`);
    const row = file && fresh.dataset.line && rowAt(file, fresh.dataset.side, fresh.dataset.line);
    if (row) below(row, fresh);
    else if (file) $(".file-body", file).prepend(fresh);
    else $("#change-threads").append(fresh);
  }
  function rowAt(file, side, line) {
    const name = side === "old" ? "o" : "n";
    return $$(`.ln[data-${name}="${line}"]`, file).find((row) => side === "new" || !row.matches("ins")) || null;
  }
  function below(row, node) {
    let last = row.closest(".pair") || row;
    while (last.nextElementSibling?.matches(".thread")) last = last.nextElementSibling;
    last.after(node);
  }

  // On a phone an approval waits until every file was Viewed.
  function dock() {
    const button = $(".verdict-dock [data-act=approve]"), real = $("#verdict-buttons [data-act=approve]");
    if (!button) return;
    button.hidden = !real;
    const left = $$(".file").filter((file) => !("viewed" in file.dataset)).length;
    const why = real?.getAttribute("aria-disabled") === "true" ? $("small", real).textContent : left ? `${left} not Viewed yet` : "";
    button.toggleAttribute("aria-disabled", Boolean(why));
    if (why) button.setAttribute("aria-disabled", "true");
    button.dataset.why = why;
    $("small", button).textContent = why || $("small", real)?.textContent || "";
  }

  // ---- the height of the head, for what sticks under it
  function measure() {
    const head = $("#review-head"), page = $(".review-page");
    if (head && page) page.style.setProperty("--hdr", `${head.offsetHeight}px`);
  }

  // ---- the line under the cursor, and ranges by shift-click
  let cursor = null, start = null;
  function point(row, { extend = false, scroll = false } = {}) {
    if (!row) return;
    cursor?.removeAttribute("aria-current");
    cursor = row;
    if (!extend || !start || start.closest(".file") !== row.closest(".file")) start = row;
    row.setAttribute("aria-current", "true");
    if (scroll) row.scrollIntoView({ block: "center" });
  }
  function spot(row) {
    const side = row.dataset.n ? "new" : "old";
    const number = (r) => Number(side === "new" ? r.dataset.n : r.dataset.o);
    const ends = [number(start || row) || number(row), number(row)].sort((a, b) => a - b);
    return { path: row.closest(".file").dataset.path, side, start: ends[0], end: ends[1] };
  }

  // ---- composing
  function compose(where, row) {
    const same = (thread) => ["path", "side", "start", "end"].every((name) => String(thread.dataset[name] ?? "") === String(where[name] ?? ""));
    const open = $$(".thread[data-state=draft]").find(same);
    if (open) { $("textarea", open).focus(); return; }
    const node = $("#composer").content.cloneNode(true).firstElementChild;
    Object.assign(node.dataset, where);
    const range = where.start && where.start !== where.end ? `lines ${where.start} – ${where.end}` : `line ${where.end}`;
    $(".where", node).textContent = where.end ? range : where.path ? "the whole file" : "the whole change";
    if (row) below(row, node);
    else if (where.path) $(".file-body", fileOf(where.path)).prepend(node);
    else $("#change-threads").prepend(node);
    $("textarea", node).focus();
    node.scrollIntoView({ block: "nearest" });
  }
  const fileOf = (path) => $$(".file").find((file) => file.dataset.path === path);
  function replyTo(thread) {
    if (!thread || thread.dataset.state === "draft") return thread && $("textarea", thread)?.focus();
    $(".talk", thread)?.removeAttribute("hidden");
    let form = $(".compose", thread);
    if (!form) {
      form = $(".compose", $("#composer").content).cloneNode(true);
      $("[data-act=add-to-review]", form).firstChild.textContent = "Add to review";
      $(".talk", thread).append(form);
    }
    $("textarea", form).focus();
  }
  const isReply = (form) => !form.closest(".thread").matches("[data-state=draft]");

  // ---- drafts: saved two seconds after the last key, and on leaving the field
  const timers = new WeakMap(), saving = new WeakMap();
  document.addEventListener("input", (e) => {
    const form = e.target.closest(".compose");
    if (form) {
      form.dataset.dirty = "1";
      clearTimeout(timers.get(form));
      timers.set(form, setTimeout(() => save(form), 2000));
      $(".saved", form).textContent = "";
    }
    if (e.target.id === "file-filter") filterTree(e.target.value.toLowerCase());
  });
  document.addEventListener("focusout", (e) => {
    const form = e.target.closest?.(".compose");
    if (form?.dataset.dirty) save(form);
  });
  // Leaving the page: the request outlives it.
  addEventListener("pagehide", () => { for (const form of $$(".compose[data-dirty]")) save(form); });
  function save(form) {
    clearTimeout(timers.get(form));
    const turn = (saving.get(form) || Promise.resolve()).then(() => keep(form));
    saving.set(form, turn);
    return turn;
  }
  async function keep(form) {
    const text = $("textarea", form).value;
    if (!form.dataset.dirty || !text.trim() || !form.isConnected) return;
    delete form.dataset.dirty;
    const thread = form.closest(".thread");
    try {
      const answer = await call(isReply(form) ? `/threads/${thread.dataset.thread}/draft/` : `/changes/${change}/drafts/`, {
        ...sight(), ...placeOf(thread), body: text,
      });
      const known = await answer.json();
      form.dataset.draft = known.draft;
      if (!isReply(form)) { thread.dataset.thread = known.thread; thread.id = `thread-${known.thread}`; }
      $(".saved", form).textContent = "Saved";
      drafts();
    } catch (error) {
      form.dataset.dirty = "1";
      $(".saved", form).textContent = `Not saved: ${error.message}`;
    }
  }
  function placeOf(thread) {
    const { path = "", side = "new", start = "", end = "", thread: id = "" } = thread.dataset;
    return { path, side, start, end, thread: id };
  }
  function drafts() {
    const unsent = $$(".compose").filter((form) => Number(form.dataset.draft) && $("textarea", form).value.trim()).length;
    const button = $("#publish");
    if (button) { button.hidden = !unsent; $("#draft-count").textContent = unsent; }
  }
  async function settle() {
    await Promise.all($$(".compose").map((form) => (form.dataset.dirty ? save(form) : saving.get(form))));
  }

  // ---- what buttons do
  const acts = {
    fold(button) { fold(button.closest(".file")); },
    async viewed(box) { await markViewed(box.closest(".file"), box.checked); },
    async "open-file"(button) {
      const file = button.closest(".file");
      place(await (await call(button.dataset.from)).text());
      paintLater(document.getElementById(file.id));
      await tellDrawn([file.dataset.path]);
    },
    async "show-unshown"(button) {
      button.closest("dialog").close();
      const file = document.getElementById(`file-${button.dataset.key}`);
      fold(file, false);
      await acts["open-file"](toOpen(file));
      document.getElementById(file.id).scrollIntoView({ block: "start" });
    },
    "unfold-thread"(button) {
      const talk = $(".talk", button.closest(".thread"));
      talk.hidden = !talk.hidden;
      button.textContent = talk.hidden ? "Show" : "Hide";
    },
    reply(button) { replyTo(button.closest(".thread")); },
    "comment-change"() { compose({ path: "" }); },
    "comment-file"(button) { compose({ path: button.closest(".file").dataset.path }); },
    async "add-to-review"(button) {
      const form = button.closest(".compose");
      await save(form);
      if (!Number(form.dataset.draft)) return $("textarea", form).focus();
      form.closest(".thread").dataset.kept = "1";
      $("textarea", form).blur();
      announce("Added to your review.");
    },
    async "send-now"(button) {
      const form = button.closest(".compose"), thread = form.closest(".thread");
      await saving.get(form);
      const values = { ...sight(), ...placeOf(thread), body: $("textarea", form).value, draft: form.dataset.draft || "" };
      delete form.dataset.dirty;
      clearTimeout(timers.get(form));
      try {
        const reply = isReply(form);
        const answer = await call(reply ? `/threads/${thread.dataset.thread}/reply/` : `/changes/${change}/comment/`, values);
        if (reply) form.remove();
        else thread.remove();
        place(await answer.text());
      } catch (error) { form.dataset.dirty = "1"; throw error; }
    },
    async discard(button) {
      const form = button.closest(".compose");
      delete form.dataset.dirty;
      clearTimeout(timers.get(form));
      await saving.get(form);
      if (Number(form.dataset.draft)) await call(`/drafts/${form.dataset.draft}/discard/`, {});
      if (isReply(form)) form.remove();
      else form.closest(".thread").remove();
      drafts();
    },
    async publish() {
      await settle();
      const html = await (await call(`/changes/${change}/publish/`, sight())).text();
      $$(".thread[data-state=draft]").forEach((thread) => thread.remove());
      $$(".thread .compose").forEach((form) => form.remove());
      place(html);
      announce("Your comments were sent.");
    },
    resolve: (button) => turn(button, "resolve"),
    reopen: (button) => turn(button, "reopen"),
    verify: (button) => turn(button, "verify"),

    "request-changes"() { ask("ask-request-changes"); },
    async "request-changes-send"(button) {
      await settle();
      const values = { ...sight(), body: $("[name=body]", button.form).value };
      const html = await (await call(`/changes/${change}/request-changes/`, values)).text();
      $$(".thread[data-state=draft], .thread .compose").forEach((node) => node.remove());
      place(html);
      button.form.reset();
      $("dialog[open]")?.close();
      announce("Changes requested.");
    },
    reject() { ask("ask-reject"); },
    "reject-send": (button) => decide(`/changes/${change}/reject/`, { body: $("[name=body]", button.form).value }),
    withdraw: () => decide(`/changes/${change}/withdraw/`, {}),
    requeue: () => decide(`/changes/${change}/requeue/`, {}),
    async undo() { location.href = (await (await call(`/changes/${change}/undo/`, {})).json()).go; },
    restore: () => decide(`/changes/${change}/restore/`, {}),
    async approve(button) {
      if (button.dataset.why) return say(new Error(`You cannot approve yet: ${button.dataset.why}.`));
      const real = $("#verdict-buttons [data-act=approve]") || button;
      if (real.getAttribute("aria-disabled") === "true") return say(new Error(`You cannot approve: ${$("small", real)?.textContent}.`));
      // Only what was really drawn counts as shown, so the rest is filled in first.
      await filled;
      await shown;
      if (!askApprove()) await approve();
    },
    "approve-send": () => approve(),
    vote: (button) => decide(`/changes/${change}/vote/`, { ...decidedOn(), value: button.dataset.value }),
    "close-dialog"(button) { button.closest("dialog").close(); },
    "open-claims"(button) { button.closest("#claims").dataset.read = "yes"; },

    compare(button, event) {
      const ps = Number(button.dataset.number), now = Number(main.dataset.ps);
      // Click reads a patch set; with shift the two are compared.
      go(event.shiftKey && ps !== now ? { ps: Math.max(ps, now), against: Math.min(ps, now) } : { ps });
    },
    "compare-from"(select) { go({ ps: main.dataset.ps, ...(select.value ? { against: select.value } : {}) }); },
    view(button) { go({ ...sight(), ...(button.dataset.view === "split" ? { view: "split" } : {}) }); },

    async freeze() { await brake("freeze"); },
    async unfreeze() { await brake("unfreeze"); },
  };
  async function brake(verb) { place(await (await call(`/p/${main.dataset.queue}/queue/${verb}/`, {})).text()); }
  async function turn(button, verb) {
    const thread = button.closest(".thread");
    place(await (await call(`/threads/${thread.dataset.thread}/${verb}/`, sight())).text());
  }
  function ask(id) {
    const dialog = document.getElementById(id);
    $$(".notice", dialog).forEach((old) => old.remove());
    dialog.showModal();
    $("textarea", dialog)?.focus();
  }
  async function decide(url, values) {
    place(await (await call(url, { ...sight(), ...values })).text());
    $("dialog[open]")?.close();
  }
  function decidedOn() {
    const button = $("#verdict-buttons [data-act=approve]");
    return { number: button.dataset.number, head: button.dataset.head };
  }
  // Asks once: what has not been viewed, and what would have to be waived by name.
  function askApprove() {
    const left = $$(".file").filter((file) => !("viewed" in file.dataset)).map((file) => file.getAttribute("aria-label"));
    const open = $$("#requirements [data-waivable]"), unseen = $$("#unshown li");
    if (!left.length && !open.length && !unseen.length) return false;
    const shown = left.slice(0, 8).join(", ") + (left.length > 8 ? ` and ${left.length - 8} more` : "");
    $("#ask-approve-unviewed").textContent = left.length ? `Not marked as Viewed: ${shown}.` : "All files are Viewed.";
    const box = $("#ask-approve-waive");
    box.replaceChildren(...open.map((row) => waiver(row.dataset.name, row.title)), ...unseen.map(unseenRow));
    $("#ask-approve-title").textContent = `Approve patch set ${decidedOn().number}`;
    ask("ask-approve");
    return true;
  }
  function waiver(name, words) {
    const label = document.createElement("label");
    label.className = "check";
    const verb = name === "guarded" ? "I have looked" : "Waive";
    label.append(Object.assign(document.createElement("input"), { type: "checkbox", name: "waive", value: name }), `${verb}: ${words}`);
    return label;
  }
  // A file that was not shown is opened, or waived by its own name.
  const toOpen = (file) => file && $('.file-body [data-act=open-file][data-from*="open=1"]', file);
  function unseenRow(item) {
    const row = document.createElement("div");
    row.className = "row wrap";
    row.append(waiver(item.dataset.name, item.textContent));
    if (toOpen(document.getElementById(`file-${item.dataset.key}`))) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "Show it first" });
      Object.assign(button.dataset, { size: "s", act: "show-unshown", key: item.dataset.key });
      row.append(button);
    }
    return row;
  }
  async function approve() {
    const values = new URLSearchParams({ ...sight(), ...decidedOn() });
    for (const box of $$("#ask-approve-waive input:checked")) values.append("waive", box.value);
    place(await (await call(`/changes/${change}/approve/`, values)).text());
    $("dialog[open]")?.close();
    announce("Approved.");
  }
  const go = (values) => { location.search = new URLSearchParams(values); };

  // ---- files
  function fold(file, to) {
    const body = $(".file-body", file);
    body.hidden = to ?? !body.hidden;
    const button = $("[data-act=fold]", file);
    button.setAttribute("aria-expanded", String(!body.hidden));
    $("use", button)?.setAttribute("href", $("use", button).getAttribute("href").replace(/chevron-\w+/, body.hidden ? "chevron-right" : "chevron-down"));
  }
  async function markViewed(file, on) {
    file.toggleAttribute("data-viewed", on);
    $("[data-act=viewed]", file).checked = on;
    fold(file, on);
    place(await (await call(`/changes/${change}/viewed/`, { ...sight(), path: file.dataset.path, blob: file.dataset.blob, viewed: on ? "1" : "0" })).text());
  }
  function filterTree(words) {
    for (const item of $$("#tree li:has(.tree-file)")) item.hidden = !item.textContent.toLowerCase().includes(words);
  }
  // What was drawn is told by a POST, one after the other; the answer lists what this reader has not been shown.
  let shown = Promise.resolve();
  function tellDrawn(paths) {
    const values = new URLSearchParams(sight());
    paths.forEach((path) => values.append("path", path));
    const told = shown.then(async () => {
      const list = parse(await (await call(`/changes/${change}/served/`, values)).text());
      $("#unshown")?.replaceWith(list);
    });
    shown = told.catch(() => {});
    return told;
  }
  // Placeholders are filled in idle time, a few files at once, so that find-in-page works on all of them.
  const idle = window.requestIdleCallback || ((f) => setTimeout(f, 50));
  const filled = new Promise((done) => { fillRest.done = done; });
  async function fillRest() {
    const some = $$(".file[data-fill]").slice(0, 12);
    if (!some.length) return fillRest.done();
    const url = new URL(some[0].dataset.fill, location.href);
    url.searchParams.delete("path");
    const paths = some.map((file) => `&path=${encodeURIComponent(file.dataset.path)}`).join("");
    some.forEach((file) => file.removeAttribute("data-fill"));
    try {
      const html = await (await call(`${url.pathname}${url.search}${paths}`)).text();
      await live.free();
      for (const fresh of [...parse(html).children]) document.getElementById(fresh.id)?.replaceWith(fresh);
      tellDrawn(some.map((file) => file.dataset.path)).catch(say);
      idle(fillRest);
    } catch (error) { say(error); fillRest.done(); }
  }
  // Colour that the page did not wait for: asked for when a file comes near, laid over the rows that are there.
  const near = "IntersectionObserver" in window && new IntersectionObserver((seen) => {
    for (const entry of seen) if (entry.isIntersecting) { near.unobserve(entry.target); paint(entry.target); }
  }, { rootMargin: "800px" });
  function paintLater(file) { if (near && file?.matches("[data-plain]")) near.observe(file); }
  async function paint(file) {
    file.removeAttribute("data-plain");
    const url = `/changes/${change}/diff/?${query(main.dataset.view === "split" ? { view: "split" } : {})}&path=${encodeURIComponent(file.dataset.path)}`;
    const fresh = parse(await (await call(url)).text()).firstElementChild;
    const rows = $$(".ln", file), painted = fresh ? $$(".ln", fresh) : [];
    if (rows.length !== painted.length) return;
    rows.forEach((row, i) => { if (row.textContent === painted[i].textContent) row.innerHTML = painted[i].innerHTML; });
  }

  // ---- live: what is read stays pinned; hints bring what is personal
  let asked = 0;
  async function refreshMine() {
    const mine = ++asked;
    const html = await (await call(`/changes/${change}/mine/?${query()}`)).text();
    await live.free();
    if (mine === asked) place(html);
  }
  async function refreshThread(id) {
    const html = await (await call(`/changes/${change}/threads/${id}/?${query()}`)).text();
    await live.free();
    if (html) place(html);
    else document.getElementById(`thread-${id}`)?.remove();
  }
  async function refreshRows(url) {
    const html = await (await call(url)).text();
    await live.free();
    place(html);
  }
  let inboxTimer;
  document.addEventListener("live:hint", (e) => {
    const { target = "", url = "" } = e.detail || {};
    const quiet = (work) => work().catch(() => {});
    if (change && target.startsWith("thread-")) quiet(() => refreshThread(target.slice(7)));
    else if (change && target === "verdict-buttons") quiet(refreshMine);
    else if (main.dataset.inbox && target === "inbox") {
      clearTimeout(inboxTimer);
      inboxTimer = setTimeout(() => quiet(() => refreshRows(url || `/p/${main.dataset.inbox}/review/rows/`)), 250);
    }
  });

  // ---- one listener for clicks
  document.addEventListener("click", (e) => {
    const button = e.target.closest("[data-act]");
    if (button?.matches("select")) return;
    if (button && acts[button.dataset.act]) {
      if (!button.matches("input, a")) e.preventDefault();
      run(() => acts[button.dataset.act](button, e));
      return;
    }
    const row = e.target.closest("#files .ln");
    if (row && !String(getSelection())) {
      point(row, { extend: e.shiftKey });
      // A click on the number opens the composer; a click on the code only moves the cursor.
      const numbers = parseFloat(getComputedStyle(row).paddingLeft);
      if (may && e.clientX - row.getBoundingClientRect().left < numbers) compose(spot(row), row);
    }
  });
  // A range of lines is chosen with shift, which would else select text.
  document.addEventListener("mousedown", (e) => {
    if (e.shiftKey && e.target.closest("#files .ln")) { e.preventDefault(); getSelection().removeAllRanges(); }
  });
  document.addEventListener("change", (e) => {
    if (e.target.matches("select[data-act]")) run(() => acts[e.target.dataset.act](e.target, e));
  });
  async function run(work) {
    try { await work(); } catch (error) { say(error); }
  }

  // ---- keys: single ones are off inside fields
  const files = () => $$(".file");
  const inView = (nodes) => nodes.findIndex((node) => node.getBoundingClientRect().bottom > 160);
  function step(nodes, by) {
    if (!nodes.length) return null;
    const now = nodes.findIndex((node) => node.hasAttribute("data-here"));
    const at = now < 0 ? Math.max(0, inView(nodes)) - (by > 0 ? 1 : 0) : now;
    const next = nodes[Math.max(0, Math.min(nodes.length - 1, at + by))];
    nodes.forEach((node) => node.removeAttribute("data-here"));
    next.setAttribute("data-here", "");
    next.scrollIntoView({ block: "start" });
    scrollBy(0, -($("#review-head")?.offsetHeight || 0) - 100);
    return next;
  }
  const here = () => cursor?.closest(".file") || $(".file[data-here]") || files()[Math.max(0, inView(files()))];
  const keys = {
    j: () => (change ? step(files(), 1) : stepRow(1)),
    k: () => (change ? step(files(), -1) : stepRow(-1)),
    n: () => point($("ins, del", step($$(".hunk"), 1) || document.body)),
    p: () => point($("ins, del", step($$(".hunk"), -1) || document.body)),
    c: () => may && (cursor ? compose(spot(cursor), cursor) : compose({ path: "" })),
    r: () => may && replyTo(threadHere()),
    a: () => $("#verdict-buttons [data-act=approve]")?.click(),
    x: () => $("#verdict-buttons [data-act=request-changes]")?.click(),
    v: () => { const file = here(); if (file) run(() => markViewed(file, !("viewed" in file.dataset))); },
    m: () => { const hunk = (cursor?.closest(".hunk")) || $(".hunk[data-here]"); hunk?.toggleAttribute("data-read"); },
    e: () => here() && fold(here()),
    u: () => main.dataset.view === "split" && go(sight()),
    s: () => main.dataset.view !== "split" && go({ ...sight(), view: "split" }),
  };
  function threadHere() {
    const under = (cursor?.closest(".pair") || cursor)?.nextElementSibling;
    return under?.matches(".thread") ? under : $(".thread[data-state=open]", here() || document) || $(".thread[data-state=open]");
  }
  function stepRow(by) {
    const rows = $$(".inbox-row");
    const now = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    rows[now]?.removeAttribute("aria-current");
    const next = rows[Math.max(0, Math.min(rows.length - 1, now + by))];
    next?.setAttribute("aria-current", "true");
    $("a", next || document)?.focus();
  }
  let afterG = false;
  document.addEventListener("keydown", (e) => {
    const form = e.target.closest?.(".compose");
    if (form && (e.ctrlKey || e.metaKey) && e.key === "Enter") {
      e.preventDefault();
      run(() => acts["add-to-review"]($("[data-act=add-to-review]", form)));
      return;
    }
    if (form && e.key === "Escape") { e.target.blur(); return; }
    const typing = e.target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]") || localStorage.getItem("keys") === "off") return;
    const skip = afterG;
    afterG = e.key === "g";
    if (skip || afterG || e.defaultPrevented) return;
    if (change && /^[1-9]$/.test(e.key) && Number(e.key) < Number(main.dataset.ps)) {
      go({ ps: main.dataset.ps, against: e.key });
    } else if (keys[e.key] && (change || "jk".includes(e.key))) {
      e.preventDefault();
      keys[e.key]();
    }
  });

  // ---- after load: reading is recorded by a POST, since a GET writes nothing
  if (change) {
    measure();
    if ("ResizeObserver" in window && $("#review-head")) new ResizeObserver(measure).observe($("#review-head"));
    tellDrawn([]).catch(say);
    idle(fillRest);
    $$(".file[data-plain]").forEach(paintLater);
    drafts();
    dock();
    if (location.hash === "#request-changes" && may) acts["request-changes"]();
  }
})();

// Keys: single ones are off inside fields.
import { acts } from "./acts.js";
import { fold, markViewed } from "./files.js";
import { cursor, point, spot } from "./rows.js";
import { $, $$, change, go, main, may, run, sight } from "./server.js";
import { compose, replyTo } from "./talk.js";

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

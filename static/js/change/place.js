// Markup that came is put in its place: everything in it has an id. What hangs on it is counted anew.
import { drafts } from "./drafts.js";
import { below, rowAt } from "./rows.js";
import { $, $$, parse } from "./server.js";

export function place(html) {
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
    if (focused || typed?.dataset.dirty || field?.readOnly) {
      $(".compose", fresh)?.remove();
      ($(".talk", fresh) || fresh).append(typed);
      if (typed.popover) typed.showPopover();
      if (focused) field.focus({ preventScroll: true });
    }
    return;
  }
  const file = fresh.dataset.key && document.getElementById(`file-${fresh.dataset.key}`);
  const row = file && fresh.dataset.line && rowAt(file, fresh.dataset.side, fresh.dataset.line);
  if (row) below(row, fresh);
  else if (file) before(fresh, [...$(".file-body", file).children].find((one) => !(number(one) < number(fresh))), $(".file-body", file));
  else before(fresh, $$("#change-threads > .thread").find((one) => number(one) > number(fresh)), $("#change-threads"));
}
// Threads stand in the order of their numbers, in whatever order they come.
const number = (thread) => Number(thread.dataset.thread);
const before = (fresh, next, list) => list.insertBefore(fresh, next ?? null);

// On a phone an approval waits until every file was Viewed.
export function dock() {
  const button = $(".verdict-dock [data-act=approve]"), real = $("#verdict-buttons [data-act=approve]");
  if (!button) return;
  button.hidden = !real;
  const left = $$(".file").filter((file) => !("viewed" in file.dataset)).length;
  const why = real?.getAttribute("aria-disabled") === "true" ? $("small", real).textContent : left ? `${left} not Viewed yet` : "";
  button.toggleAttribute("aria-disabled", Boolean(why));
  if (why) button.setAttribute("aria-disabled", "true");
  button.dataset.why = why;
  $("small", button).textContent = why || (real && $("small", real)?.textContent) || "";
}
// The height of the head, for what sticks under it.
export function measure() {
  const head = $("#review-head"), page = $(".review-page");
  if (head && page) page.style.setProperty("--hdr", `${head.offsetHeight}px`);
}

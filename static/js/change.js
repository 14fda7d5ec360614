// The review pages: one delegated listener for clicks, one for keys. Markup comes from the server; these modules only
// fetch it, put it in its place, and save drafts while they are typed.
import { acts } from "./change/acts.js";
import { drafts } from "./change/drafts.js";
import { fillRest, idle, paintLater, tellDrawn } from "./change/files.js";
import { dock, measure } from "./change/place.js";
import { restore } from "./change/restore.js";
import { point, spot } from "./change/rows.js";
import { $, $$, change, may, run, say } from "./change/server.js";
import { compose } from "./change/talk.js";
import "./change/hints.js";
import "./change/keys.js";

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

// After load reading is told by a POST, since a GET writes nothing.
if (change) {
  measure();
  if ("ResizeObserver" in window && $("#review-head")) new ResizeObserver(measure).observe($("#review-head"));
  tellDrawn([]).catch(say);
  idle(fillRest);
  $$(".file[data-plain]").forEach(paintLater);
  drafts();
  dock();
  restore();
  if (location.hash === "#request-changes" && may) acts["request-changes"]();
}

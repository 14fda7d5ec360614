// Lines of the diff: the one under the cursor, ranges by shift-click, and what stands below a line.
import { $$ } from "./server.js";

export let cursor = null;
let start = null;
export function point(row, { extend = false, scroll = false } = {}) {
  if (!row) return;
  cursor?.removeAttribute("aria-current");
  cursor = row;
  if (!extend || !start || start.closest(".file") !== row.closest(".file")) start = row;
  row.setAttribute("aria-current", "true");
  if (scroll) row.scrollIntoView({ block: "center" });
}
export function spot(row) {
  const side = row.dataset.n ? "new" : "old";
  const number = (r) => Number(side === "new" ? r.dataset.n : r.dataset.o);
  const ends = [number(start || row) || number(row), number(row)].sort((a, b) => a - b);
  return { path: row.closest(".file").dataset.path, side, start: ends[0], end: ends[1] };
}
export function rowAt(file, side, line) {
  const name = side === "old" ? "o" : "n";
  return $$(`.ln[data-${name}="${line}"]`, file).find((row) => side === "new" || !row.matches("ins")) || null;
}
export function below(row, node) {
  let last = row.closest(".pair") || row;
  // What has a number stands in its order; what is being written, at the end.
  const sooner = (one) => one?.matches(".thread") && !(Number(one.dataset.thread) > Number(node.dataset.thread));
  while (sooner(last.nextElementSibling)) last = last.nextElementSibling;
  last.after(node);
}
export const fileOf = (path) => $$(".file").find((file) => file.dataset.path === path);

// Files of the diff: folded, Viewed, opened, filled in after load, coloured when they come near.
import { place } from "./place.js";
import { $, $$, call, change, main, parse, query, say, sight } from "./server.js";

export function fold(file, to) {
  const body = $(".file-body", file);
  body.hidden = to ?? !body.hidden;
  const button = $("[data-act=fold]", file);
  button.setAttribute("aria-expanded", String(!body.hidden));
  $("use", button)?.setAttribute("href", $("use", button).getAttribute("href").replace(/chevron-\w+/, body.hidden ? "chevron-right" : "chevron-down"));
}
export async function markViewed(file, on) {
  file.toggleAttribute("data-viewed", on);
  $("[data-act=viewed]", file).checked = on;
  fold(file, on);
  place(await call(`/changes/${change}/viewed/`, { ...sight(), path: file.dataset.path, blob: file.dataset.blob, viewed: on ? "1" : "0" }));
}
// A link to a line opens its file; where the line is not drawn, the file is shown.
document.addEventListener("click", (e) => {
  const place = e.target.closest('a[href^="#f-"]')?.hash.slice(1);
  if (!place) return;
  const line = document.getElementById(place), file = line?.closest(".file") || document.getElementById(place.replace(/^f-(.+)-[RL]\d+$/, "file-$1"));
  if (file && $(".file-body", file)?.hidden) fold(file, false);
  if (!line) file?.scrollIntoView({ block: "start" });
});
document.addEventListener("input", (e) => { if (e.target.id === "file-filter") filterTree(e.target.value.toLowerCase()); });
function filterTree(words) {
  for (const item of $$("#tree li:has(.tree-file)")) item.hidden = !item.textContent.toLowerCase().includes(words);
}
// What was drawn is told by a POST, one after the other; the answer lists what this reader has not been shown.
export let shown = Promise.resolve();
export function tellDrawn(paths) {
  const values = new URLSearchParams(sight());
  paths.forEach((path) => values.append("path", path));
  const told = shown.then(async () => {
    const list = parse(await call(`/changes/${change}/served/`, values));
    $("#unshown")?.replaceWith(list);
  });
  shown = told.catch(() => {});
  return told;
}
// Placeholders are filled in idle time, a few files at once, so that find-in-page works on all of them.
export const idle = window.requestIdleCallback || ((f) => setTimeout(f, 50));
export const filled = new Promise((done) => { fillRest.done = done; });
export async function fillRest() {
  const some = $$(".file[data-fill]").slice(0, 12);
  if (!some.length) return fillRest.done();
  const url = new URL(some[0].dataset.fill, location.href);
  url.searchParams.delete("path");
  const paths = some.map((file) => `&path=${encodeURIComponent(file.dataset.path)}`).join("");
  some.forEach((file) => file.removeAttribute("data-fill"));
  try {
    const html = await call(`${url.pathname}${url.search}${paths}`);
    for (const fresh of [...parse(html).children]) document.getElementById(fresh.id)?.replaceWith(fresh);
    tellDrawn(some.map((file) => file.dataset.path)).catch(say);
    idle(fillRest);
  } catch (error) { say(error); fillRest.done(); }
}
// Colour that the page did not wait for: asked for when a file comes near, laid over the rows that are there.
const near = "IntersectionObserver" in window && new IntersectionObserver((seen) => {
  for (const entry of seen) if (entry.isIntersecting) { near.unobserve(entry.target); paint(entry.target); }
}, { rootMargin: "800px" });
export function paintLater(file) { if (near && file?.matches("[data-plain]")) near.observe(file); }
async function paint(file) {
  file.removeAttribute("data-plain");
  const url = `/changes/${change}/diff/?${query(main.dataset.view === "split" ? { view: "split" } : {})}&path=${encodeURIComponent(file.dataset.path)}`;
  const fresh = parse(await call(url)).firstElementChild;
  const rows = $$(".ln", file), painted = fresh ? $$(".ln", fresh) : [];
  if (rows.length !== painted.length) return;
  rows.forEach((row, i) => { if (row.textContent === painted[i].textContent) row.innerHTML = painted[i].innerHTML; });
}

export async function openFile(button) {
  const file = button.closest(".file");
  place(await call(button.dataset.from));
  paintLater(document.getElementById(file.id));
  await tellDrawn([file.dataset.path]);
}
export const reading = {
  fold(button) { fold(button.closest(".file")); },
  async viewed(box) { await markViewed(box.closest(".file"), box.checked); },
  "open-file": openFile,
};

// Hints of the socket: what is read stays pinned; what is personal is fetched.
import { place } from "./place.js";
import { call, change, main, query } from "./server.js";

let asked = 0;
async function refreshMine() {
  const mine = ++asked;
  const html = await call(`/changes/${change}/mine/?${query()}`);
  if (mine === asked) place(html);
}
async function refreshThread(id) {
  const html = await call(`/changes/${change}/threads/${id}/?${query()}`);
  if (html) place(html);
  else document.getElementById(`thread-${id}`)?.remove();
}
async function refreshRows(url) { place(await call(url)); }
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

// Hints of the socket: what is read stays pinned; what is personal is fetched.
import { place } from "./place.js";
import { call, change, main, query } from "./server.js";

// Of several answers about one thing only the one that was asked for last is shown, in whatever order they come.
const asked = new Map();
async function newest(url, show) {
  const mine = (asked.get(url) ?? 0) + 1;
  asked.set(url, mine);
  const html = await call(`${url}?${query()}`);
  if (mine === asked.get(url)) show(html);
}
const refreshMine = () => newest(`/changes/${change}/mine/`, place);
const refreshThread = (id) => newest(`/changes/${change}/threads/${id}/`, (html) => {
  if (html) place(html);
  else document.getElementById(`thread-${id}`)?.remove();
});
async function refreshRows(url) { place(await call(url)); }
// What the board could not answer now is asked for again: else the page would go on without it.
async function quiet(work) {
  for (let wait = 500; ; wait = Math.min(8000, 2 * wait)) {
    try { return await work(); } catch (error) {
      console.warn(error);
      if (!error.again) return undefined;
    }
    await new Promise((done) => { setTimeout(done, wait); });
  }
}
let inboxTimer;
document.addEventListener("live:hint", (e) => {
  const { target = "", url = "" } = e.detail || {};
  if (change && target.startsWith("thread-")) quiet(() => refreshThread(target.slice(7)));
  else if (change && target === "verdict-buttons") quiet(refreshMine);
  else if (main.dataset.inbox && target === "inbox") {
    clearTimeout(inboxTimer);
    inboxTimer = setTimeout(() => quiet(() => refreshRows(url || `/p/${main.dataset.inbox}/review/rows/`)), 250);
  }
});

// What the board does not have yet of somebody's comments, kept in this browser by person and change.
import { change } from "./server.js";

const name = `drafts ${document.body.dataset.user} ${change}`;
function all() {
  try { return JSON.parse(localStorage.getItem(name)) ?? {}; } catch { return {}; }
}
function write(found) {
  try {
    if (Object.keys(found).length) localStorage.setItem(name, JSON.stringify(found));
    else localStorage.removeItem(name);
  } catch { /* full or forbidden: what was typed is still on the page */ }
}
export const kept = () => Object.entries(all());
export const hold = (id, draft) => write({ ...all(), [id]: draft });
export function release(id) {
  const { [id]: gone, ...others } = all();
  if (gone) write(others);
}
// `crypto.randomUUID` is there on secure origins only.
export const unique = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

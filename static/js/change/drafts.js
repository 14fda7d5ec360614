// Drafts of comments: saved two seconds after the last key, and on leaving the field. Until the board has them they are
// kept in this browser; a request that makes something carries a key, so that asked again it is done once.
import { hold, release, unique } from "./kept.js";
import { $, $$, call, change, sight } from "./server.js";

export const isReply = (form) => !form.closest(".thread").matches("[data-state=draft]");

const AGAIN = 5000;
const timers = new WeakMap(), saving = new WeakMap(), names = new WeakMap(), pending = new WeakMap(), has = new WeakMap();
document.addEventListener("input", (e) => {
  const form = e.target.closest(".compose");
  if (!form) return;
  form.dataset.dirty = "1";
  soon(form, 2000);
  $(".saved", form).textContent = "";
});
document.addEventListener("focusout", (e) => {
  const form = e.target.closest?.(".compose");
  if (form?.dataset.dirty) save(form);
});
// Leaving the page: the request outlives it.
addEventListener("pagehide", saveAll);
addEventListener("online", saveAll);
document.addEventListener("live:state", (e) => { if (e.detail.state === "live") saveAll(); });
function saveAll() {
  for (const form of $$(".compose")) if (form.dataset.dirty || pending.has(form)) save(form);
}
function soon(form, ms) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => save(form), ms));
}

// ---- in this browser
const named = (form) => names.get(form) ?? names.set(form, unique()).get(form);
function holdHere(form) {
  const thread = form.closest(".thread"), { draft } = form.dataset;
  if (thread) hold(named(form), { body: $("textarea", form).value, reply: isReply(form), draft, place: placeOf(thread), sight: seen(thread), request: pending.get(form) });
}
export function resume(form, id, { request }) {
  names.set(form, id);
  if (request) pending.set(form, request);
  if (!request?.sends) form.dataset.dirty = "1";
  return save(form);
}
export function forget(form) {
  delete form.dataset.dirty;
  clearTimeout(timers.get(form));
  pending.delete(form);
  release(named(form));
}

// ---- to the board
export function save(form) {
  clearTimeout(timers.get(form));
  if (form.dataset.dirty && $("textarea", form).value.trim()) holdHere(form);
  const turn = (saving.get(form) || Promise.resolve()).then(() => keep(form));
  saving.set(form, turn);
  return turn;
}
async function keep(form) {
  const text = $("textarea", form).value;
  if (!form.isConnected || !pending.has(form) && (!form.dataset.dirty || !text.trim())) return;
  delete form.dataset.dirty;
  try {
    if (pending.has(form)) await once(form);
    if (!form.isConnected) return;
    if (has.get(form) !== text) await keepText(form, text);
    if (!form.dataset.dirty) release(named(form));
    $(".saved", form).textContent = "Saved";
    drafts();
  } catch (error) { failed(form, error); }
}
function failed(form, error) {
  const sends = pending.get(form)?.sends;
  $("textarea", form).readOnly = Boolean(sends);
  if (!sends) form.dataset.dirty = "1";
  $(".saved", form).textContent = error.again ? `Kept in this browser; ${sends ? "sent" : "saved"} once the board answers.` : `Not saved: ${error.message}`;
  if (error.again) soon(form, AGAIN);
}
async function keepText(form, text) {
  const thread = form.closest(".thread"), values = { ...seen(thread), ...placeOf(thread), body: text };
  if (isReply(form)) told(form, await call(`/threads/${thread.dataset.thread}/draft/`, values), text);
  else if (thread.dataset.thread) told(form, await call(`/changes/${change}/drafts/`, values), text);
  else {
    pending.set(form, { url: `/changes/${change}/drafts/`, values, key: unique() });
    await once(form);
  }
}
function told(form, answer, text) {
  const known = JSON.parse(answer), thread = form.closest(".thread");
  form.dataset.draft = known.draft;
  has.set(form, text);
  if (isReply(form)) return;
  // A page that was loaded meanwhile has it already.
  const other = document.getElementById(`thread-${known.thread}`);
  if (other !== thread && other?.matches("[data-state=draft]")) other.remove();
  thread.dataset.thread = known.thread;
  thread.id = `thread-${known.thread}`;
}
// What makes a comment or a draft is asked with the same key until there is an answer.
async function once(form) {
  const { url, values, key, sends } = pending.get(form);
  holdHere(form);
  try {
    const answer = await call(url, values, key);
    pending.delete(form);
    if (sends) document.dispatchEvent(new CustomEvent("comment:sent", { detail: { form, answer } }));
    else told(form, answer, values.body);
  } catch (error) {
    if (!error.again) pending.delete(form);
    throw error;
  }
}
// Shown to everybody at once, or as soon as the board answers.
export async function send(form, url) {
  await saving.get(form);
  const thread = form.closest(".thread"), body = $("textarea", form).value;
  clearTimeout(timers.get(form));
  delete form.dataset.dirty;
  const values = { ...seen(thread), ...placeOf(thread), body, draft: form.dataset.draft || "" };
  if (!pending.has(form)) pending.set(form, { url, values, key: unique(), sends: true });
  try { await once(form); } catch (error) {
    failed(form, error);
    if (!error.again) throw error;
  }
}
// What was discarded is a new draft from now on.
export function revive(form) {
  form.dataset.draft = "0";
  $(".saved", form).textContent = "";
  form.dataset.dirty = "1";
  has.delete(form);
  return save(form);
}
export function placeOf(thread) {
  const { path = "", side = "new", line = "", end = line, start = end, thread: id = "" } = thread.dataset;
  return { path, side, start, end, thread: id };
}
// The patch sets on which it was written, which after a reload need not be those that are shown.
const seen = (thread) => (thread.dataset.sight ? JSON.parse(thread.dataset.sight) : sight());
export function drafts() {
  const unsent = $$(".compose").filter((form) => Number(form.dataset.draft) && $("textarea", form).value.trim()).length;
  const button = $("#publish");
  if (button) { button.hidden = !unsent; $("#draft-count").textContent = unsent; }
}
export const saved = (form) => saving.get(form);
export async function settle() {
  await Promise.all($$(".compose").map((form) => (form.dataset.dirty ? save(form) : saving.get(form))));
}

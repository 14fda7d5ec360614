// Drafts of comments: saved two seconds after the last key, and on leaving the field.
import { $, $$, call, change, sight } from "./server.js";

export const isReply = (form) => !form.closest(".thread").matches("[data-state=draft]");

export const timers = new WeakMap(), saving = new WeakMap();
document.addEventListener("input", (e) => {
  const form = e.target.closest(".compose");
  if (form) {
    form.dataset.dirty = "1";
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), 2000));
    $(".saved", form).textContent = "";
  }
});
document.addEventListener("focusout", (e) => {
  const form = e.target.closest?.(".compose");
  if (form?.dataset.dirty) save(form);
});
// Leaving the page: the request outlives it.
addEventListener("pagehide", () => { for (const form of $$(".compose[data-dirty]")) save(form); });
export function save(form) {
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
    const known = JSON.parse(answer);
    form.dataset.draft = known.draft;
    if (!isReply(form)) { thread.dataset.thread = known.thread; thread.id = `thread-${known.thread}`; }
    $(".saved", form).textContent = "Saved";
    drafts();
  } catch (error) {
    form.dataset.dirty = "1";
    $(".saved", form).textContent = `Not saved: ${error.message}`;
  }
}
export function placeOf(thread) {
  const { path = "", side = "new", start = "", end = "", thread: id = "" } = thread.dataset;
  return { path, side, start, end, thread: id };
}
export function drafts() {
  const unsent = $$(".compose").filter((form) => Number(form.dataset.draft) && $("textarea", form).value.trim()).length;
  const button = $("#publish");
  if (button) { button.hidden = !unsent; $("#draft-count").textContent = unsent; }
}
export async function settle() {
  await Promise.all($$(".compose").map((form) => (form.dataset.dirty ? save(form) : saving.get(form))));
}

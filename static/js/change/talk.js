// Threads: composing, replying, sending, and turning them.
import { drafts, isReply, placeOf, save, saving, settle, timers } from "./drafts.js";
import { place } from "./place.js";
import { below, fileOf } from "./rows.js";
import { $, $$, announce, call, change, sight } from "./server.js";

export function compose(where, row) {
  const same = (thread) => ["path", "side", "start", "end"].every((name) => String(thread.dataset[name] ?? "") === String(where[name] ?? ""));
  const open = $$(".thread[data-state=draft]").find(same);
  if (open) { $("textarea", open).focus(); return; }
  const node = $("#composer").content.cloneNode(true).firstElementChild;
  Object.assign(node.dataset, where);
  const range = where.start && where.start !== where.end ? `lines ${where.start} – ${where.end}` : `line ${where.end}`;
  $(".where", node).textContent = where.end ? range : where.path ? "the whole file" : "the whole change";
  if (row) below(row, node);
  else if (where.path) $(".file-body", fileOf(where.path)).prepend(node);
  else $("#change-threads").prepend(node);
  $("textarea", node).focus();
  node.scrollIntoView({ block: "nearest" });
}
export function replyTo(thread) {
  if (!thread || thread.dataset.state === "draft") return thread && $("textarea", thread)?.focus();
  $(".talk", thread)?.removeAttribute("hidden");
  let form = $(".compose", thread);
  if (!form) {
    form = $(".compose", $("#composer").content).cloneNode(true);
    $("[data-act=add-to-review]", form).firstChild.textContent = "Add to review";
    $(".talk", thread).append(form);
  }
  $("textarea", form).focus();
}

export const talking = {
  "unfold-thread"(button) {
    const talk = $(".talk", button.closest(".thread"));
    talk.hidden = !talk.hidden;
    button.textContent = talk.hidden ? "Show" : "Hide";
  },
  reply(button) { replyTo(button.closest(".thread")); },
  "comment-change"() { compose({ path: "" }); },
  "comment-file"(button) { compose({ path: button.closest(".file").dataset.path }); },
  async "add-to-review"(button) {
    const form = button.closest(".compose");
    await save(form);
    if (!Number(form.dataset.draft)) return $("textarea", form).focus();
    form.closest(".thread").dataset.kept = "1";
    $("textarea", form).blur();
    announce("Added to your review.");
  },
  async "send-now"(button) {
    const form = button.closest(".compose"), thread = form.closest(".thread");
    await saving.get(form);
    const values = { ...sight(), ...placeOf(thread), body: $("textarea", form).value, draft: form.dataset.draft || "" };
    delete form.dataset.dirty;
    clearTimeout(timers.get(form));
    try {
      const reply = isReply(form);
      const answer = await call(reply ? `/threads/${thread.dataset.thread}/reply/` : `/changes/${change}/comment/`, values);
      if (reply) form.remove();
      else thread.remove();
      place(answer);
    } catch (error) { form.dataset.dirty = "1"; throw error; }
  },
  async discard(button) {
    const form = button.closest(".compose");
    delete form.dataset.dirty;
    clearTimeout(timers.get(form));
    await saving.get(form);
    if (Number(form.dataset.draft)) await call(`/drafts/${form.dataset.draft}/discard/`, {});
    if (isReply(form)) form.remove();
    else form.closest(".thread").remove();
    drafts();
  },
  async publish() {
    await settle();
    const html = await call(`/changes/${change}/publish/`, sight());
    $$(".thread[data-state=draft]").forEach((thread) => thread.remove());
    $$(".thread .compose").forEach((form) => form.remove());
    place(html);
    announce("Your comments were sent.");
  },
  resolve: (button) => turn(button, "resolve"),
  reopen: (button) => turn(button, "reopen"),
  verify: (button) => turn(button, "verify"),
};
async function turn(button, verb) {
  const thread = button.closest(".thread");
  place(await call(`/threads/${thread.dataset.thread}/${verb}/`, sight()));
}

// Threads: composing, replying, sending, and turning them.
import { drafts, forget, isReply, placeOf, revive, save, saved, send, settle } from "./drafts.js";
import { place } from "./place.js";
import { below, fileOf } from "./rows.js";
import { $, $$, announce, call, change, offer, sight } from "./server.js";
import { closeSheet, openSheet } from "./sheet.js";

export function compose(where, row) {
  const wanted = placeOf({ dataset: where });
  const same = (thread) => ["path", "side", "start", "end"].every((name) => String(placeOf(thread)[name]) === String(wanted[name]));
  const node = $$(".thread[data-state=draft]").find(same) ?? composer(where, row);
  openSheet($(".compose", node), row?.textContent ?? "");
  $("textarea", node).focus();
  node.scrollIntoView({ block: "nearest" });
}
export function composer(where, row) {
  const node = $("#composer").content.cloneNode(true).firstElementChild;
  Object.assign(node.dataset, where);
  const range = where.start && where.start !== where.end ? `lines ${where.start} – ${where.end}` : `line ${where.end}`;
  $(".where", node).textContent = where.end ? range : where.path ? "the whole file" : "the whole change";
  if (row) below(row, node);
  else (where.path && $(".file-body", fileOf(where.path)) || $("#change-threads")).prepend(node);
  return node;
}
export function replyTo(thread) {
  if (!thread || thread.dataset.state === "draft") return thread && $("textarea", thread)?.focus();
  const form = replyForm(thread);
  openSheet(form, $$(".comment .body", thread).at(-1)?.textContent ?? "");
  $("textarea", form).focus();
}
export function replyForm(thread) {
  $(".talk", thread)?.removeAttribute("hidden");
  let form = $(".compose", thread);
  if (!form) {
    form = $(".compose", $("#composer").content).cloneNode(true);
    $("[data-act=add-to-review]", form).firstChild.textContent = "Add to review";
    $(".talk", thread).append(form);
  }
  return form;
}
document.addEventListener("comment:sent", ({ detail: { form, answer } }) => {
  if (!form.isConnected) return;
  const gone = isReply(form) ? form : form.closest(".thread");
  forget(form);
  gone.remove();
  place(answer);
});

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
    closeSheet(form);
    $("textarea", form).blur();
    announce("Added to your review.");
  },
  async "send-now"(button) {
    const form = button.closest(".compose"), { thread } = form.closest(".thread").dataset;
    await send(form, isReply(form) ? `/threads/${thread}/reply/` : `/changes/${change}/comment/`);
  },
  async discard(button) {
    const form = button.closest(".compose"), thread = form.closest(".thread");
    await saved(form);
    if (Number(form.dataset.draft)) await call(`/drafts/${form.dataset.draft}/discard/`, {});
    forget(form);
    closeSheet(form);
    const gone = isReply(form) ? form : thread, mark = document.createComment("");
    gone.replaceWith(mark);
    drafts();
    if ($("textarea", form).value.trim()) offer("Your draft was discarded.", () => putBack(gone, mark, thread));
  },
  "close-sheet"(button) { closeSheet(button.closest(".compose")); },
  async publish() {
    await settle();
    const html = await call(`/changes/${change}/publish/`, sight());
    clearForms();
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
// What was written has been sent with the review.
export function clearForms() {
  for (const form of $$(".thread .compose")) {
    forget(form);
    (isReply(form) ? form : form.closest(".thread")).remove();
  }
}
// The place may have been swapped meanwhile.
function putBack(gone, mark, thread) {
  const reply = gone !== thread;
  if (!reply) { delete thread.dataset.thread; thread.removeAttribute("id"); }
  if (mark.isConnected) mark.replaceWith(gone);
  else if (reply) $(".talk", document.getElementById(thread.id) ?? thread).append(gone);
  else $("#change-threads").prepend(gone);
  return revive(reply ? gone : $(".compose", gone));
}

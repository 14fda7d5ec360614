// Decisions: each posts what was seen, and asks first where something was not.
import { settle } from "./drafts.js";
import { filled, fold, openFile, shown } from "./files.js";
import { place } from "./place.js";
import { $, $$, announce, call, change, say, sight } from "./server.js";
import { clearForms } from "./talk.js";

export const deciding = {
  "request-changes"() { ask("ask-request-changes"); },
  async "request-changes-send"(button) {
    await settle();
    const values = { ...sight(), body: $("[name=body]", button.form).value };
    const html = await call(`/changes/${change}/request-changes/`, values);
    clearForms();
    place(html);
    button.form.reset();
    $("dialog[open]")?.close();
    announce("Changes requested.");
  },
  reject() { ask("ask-reject"); },
  "reject-send": (button) => decide(`/changes/${change}/reject/`, { body: $("[name=body]", button.form).value }),
  withdraw: () => decide(`/changes/${change}/withdraw/`, {}),
  requeue: () => decide(`/changes/${change}/requeue/`, {}),
  async undo() { location.href = JSON.parse(await call(`/changes/${change}/undo/`, {})).go; },
  restore: () => decide(`/changes/${change}/restore/`, {}),
  async approve(button) {
    if (button.dataset.why) return say(new Error(`You cannot approve yet: ${button.dataset.why}.`));
    const real = $("#verdict-buttons [data-act=approve]") || button;
    if (real.getAttribute("aria-disabled") === "true") return say(new Error(`You cannot approve: ${$("small", real)?.textContent}.`));
    // Only what was really drawn counts as shown, so the rest is filled in first.
    await filled;
    await shown;
    if (!askApprove()) await approve();
  },
  "approve-send": () => approve(),
  vote: (button) => decide(`/changes/${change}/vote/`, { ...decidedOn(), value: button.dataset.value }),
  "close-dialog"(button) { button.closest("dialog").close(); },
  async "show-unshown"(button) {
    button.closest("dialog").close();
    const file = document.getElementById(`file-${button.dataset.key}`);
    fold(file, false);
    await openFile(toOpen(file));
    document.getElementById(file.id).scrollIntoView({ block: "start" });
  },
};

function ask(id) {
  const dialog = document.getElementById(id);
  $$(".notice", dialog).forEach((old) => old.remove());
  dialog.showModal();
  $("textarea", dialog)?.focus();
}
async function decide(url, values) {
  place(await call(url, { ...sight(), ...values }));
  $("dialog[open]")?.close();
}
function decidedOn() {
  const button = $("#verdict-buttons [data-act=approve]");
  return { number: button.dataset.number, head: button.dataset.head };
}
// Asks once: what has not been viewed, and what would have to be waived by name.
function askApprove() {
  const left = $$(".file").filter((file) => !("viewed" in file.dataset)).map((file) => file.getAttribute("aria-label"));
  const open = $$("#requirements [data-waivable]"), unseen = $$("#unshown li");
  if (!left.length && !open.length && !unseen.length) return false;
  const named = left.slice(0, 8).join(", ") + (left.length > 8 ? ` and ${left.length - 8} more` : "");
  $("#ask-approve-unviewed").textContent = left.length ? `Not marked as Viewed: ${named}.` : "All files are Viewed.";
  const box = $("#ask-approve-waive");
  box.replaceChildren(...open.map((row) => waiver(row.dataset.name, row.title)), ...unseen.map(unseenRow));
  $("#ask-approve-title").textContent = `Approve patch set ${decidedOn().number}`;
  ask("ask-approve");
  return true;
}
function waiver(name, words) {
  const label = document.createElement("label");
  label.className = "check";
  const verb = name === "guarded" ? "I have looked" : "Waive";
  label.append(Object.assign(document.createElement("input"), { type: "checkbox", name: "waive", value: name }), `${verb}: ${words}`);
  return label;
}
// A file that was not shown is opened, or waived by its own name.
const toOpen = (file) => file && $('.file-body [data-act=open-file][data-from*="open=1"]', file);
function unseenRow(item) {
  const row = document.createElement("div");
  row.className = "row wrap";
  row.append(waiver(item.dataset.name, item.textContent));
  if (toOpen(document.getElementById(`file-${item.dataset.key}`))) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: "Show it first" });
    Object.assign(button.dataset, { size: "s", act: "show-unshown", key: item.dataset.key });
    row.append(button);
  }
  return row;
}
async function approve() {
  const values = new URLSearchParams({ ...sight(), ...decidedOn() });
  for (const box of $$("#ask-approve-waive input:checked")) values.append("waive", box.value);
  place(await call(`/changes/${change}/approve/`, values));
  $("dialog[open]")?.close();
  announce("Approved.");
}

// On a phone a comment is written in a sheet over the page, under the line that it is about; closed, the draft stays.
import { $ } from "./server.js";

const phone = matchMedia("(max-width: 760px)");
const made = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });

export function openSheet(form, quote) {
  if (!phone.matches || !form.showPopover || form.popover) return;
  const head = document.createElement("header"), close = made("button", "btn push", "Keep the draft");
  Object.assign(close, { type: "button" });
  Object.assign(close.dataset, { kind: "quiet", size: "s", act: "close-sheet" });
  head.append(made("b", "", "Comment"), made("span", "mono clip", $(".where", form.closest(".thread"))?.textContent ?? ""), close);
  form.prepend(head, ...(quote.trim() ? [made("p", "quote", quote.slice(0, 300))] : []));
  form.classList.add("composer-sheet");
  form.popover = "manual";
  form.showPopover();
}
export function closeSheet(form) {
  if (!form.popover) return;
  if (form.isConnected) form.hidePopover();
  form.removeAttribute("popover");
  form.classList.remove("composer-sheet");
  for (const part of form.querySelectorAll(":scope > header, :scope > .quote")) part.remove();
}

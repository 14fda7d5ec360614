// What all of the review pages need: the page's own data, and asking the server.
export const main = document.getElementById("main");
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const change = main.dataset.change;
export const may = ["architect", "reviewer"].includes(document.body.dataset.role);

async function asked(url, options) {
  try {
    const answer = await fetch(url, options);
    return { answer, html: await answer.text() };
  } catch {
    throw Object.assign(new Error("The board does not answer. What you typed is still here."), { again: true });
  }
}
// The text of an answer, once it may be shown.
export async function call(url, values, key) {
  const body = values && new URLSearchParams(values);
  const headers = { "HX-Request": "true", "X-CSRFToken": main.dataset.csrf };
  if (key) headers["Idempotency-Key"] = key;
  const tell = (name) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail: headers }));
  tell("asking");
  const { answer, html } = await asked(url, { method: values ? "POST" : "GET", headers, body, keepalive: Boolean(values) });
  await live.free();
  // By then the caller has shown it.
  setTimeout(tell, 250, "answered");
  if (answer.ok) return html;
  const code = answer.headers.get("X-Notice");
  if (code) throw Object.assign(new Error(plain(html)), { html, code, again: code === "still_running" });
  if (answer.status === 403) throw new Error("Your role here does not allow this.");
  if (answer.status === 404) throw new Error("This is no longer here, or you may not see it.");
  throw Object.assign(new Error(`The board could not do this (${answer.status}).`), { again: answer.status >= 500 });
}
const plain = (html) => parse(html).textContent.replace(/\s+/g, " ").trim();
export function parse(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}
export function say(error) {
  const box = $("dialog[open] .notices") || $("dialog[open] form") || $("#notices");
  const line = document.createElement("p");
  line.className = "notice";
  line.dataset.tone = "bad";
  line.setAttribute("role", "alert");
  line.textContent = error.message;
  $$(".notice[role=alert]", box).forEach((old) => old.remove());
  box.append(line);
  if (box.id === "notices") setTimeout(() => line.remove(), 10000);
}
// What was taken away can be had back for ten seconds.
export function offer(words, undo) {
  const line = Object.assign(document.createElement("p"), { className: "notice" });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn push", textContent: "Undo" });
  button.dataset.size = "s";
  button.addEventListener("click", () => { line.remove(); run(undo); });
  line.append(words, button);
  $("#notices").append(line);
  setTimeout(() => line.remove(), 10000);
}
export const announce = (text) => { const box = $("#announce"); if (box) box.textContent = text; };
export const sight = () => {
  const pinned = { ps: main.dataset.ps };
  if (main.dataset.against) pinned.against = main.dataset.against;
  return pinned;
};
export const query = (more = {}) => new URLSearchParams({ ...sight(), ...more });
export const go = (values) => { location.search = new URLSearchParams(values); };
export async function run(work) {
  try { await work(); } catch (error) { say(error); }
}

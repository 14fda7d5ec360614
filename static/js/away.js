// After a minute without news from the board whatever writes is off and says why; reading and typing go on.
(() => {
  const WHY = "Off: nothing was heard of the board for a minute. It works again once this page is live.";
  const DECIDES = ["approve", "approve-send", "request-changes", "request-changes-send", "reject", "reject-send", "withdraw", "requeue",
    "undo", "restore", "vote", "publish", "resolve", "reopen", "verify", "freeze", "unfreeze"];
  const WRITES = [
    "[data-act][data-url]", "[hx-post]:not(form)", "form:is([hx-post], [data-post]) button:not([type=button])",
    ...DECIDES.map((name) => `button[data-act="${name}"]:not([data-url])`),
  ].join(", ");
  const before = new Map();
  const away = () => document.body.dataset.live === "unknown";

  function off(button) {
    before.set(button, [button.getAttribute("aria-disabled"), button.getAttribute("title")]);
    button.setAttribute("aria-disabled", "true");
    button.title = WHY;
  }
  function on([button, [disabled, title]]) {
    if (disabled === null) button.removeAttribute("aria-disabled"); else button.setAttribute("aria-disabled", disabled);
    if (title === null) button.removeAttribute("title"); else button.title = title;
  }
  document.addEventListener("live:state", () => {
    [...before].forEach(on);
    before.clear();
    if (away()) document.querySelectorAll(WRITES).forEach(off);
  });

  function refuse(e) {
    e.preventDefault();
    e.stopImmediatePropagation();
    const line = Object.assign(document.createElement("p"), { className: "notice", textContent: WHY });
    line.dataset.tone = "warn";
    (document.querySelector("dialog[open] .notices") ?? document.getElementById("notices")).replaceChildren(line);
    setTimeout(() => line.remove(), 10000);
  }
  addEventListener("click", (e) => { if (away() && e.target.closest?.(WRITES)) refuse(e); }, true);
  addEventListener("submit", (e) => { if (away() && e.target.matches("[hx-post], [data-post]")) refuse(e); }, true);
})();

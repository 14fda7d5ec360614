// Doors: the secret stands in the address's fragment, which no server and no log ever sees. Take it out at once.
(() => {
  const form = document.querySelector("[data-secret-form]");
  if (!form) return;
  const field = form.elements.secret;
  const secret = location.hash.slice(1);
  if (secret) {
    field.value = secret;
    history.replaceState(null, "", location.pathname);
    // htmx wires forms on DOMContentLoaded; a plain submit before that works as well
    if ("auto" in form.dataset) setTimeout(() => form.requestSubmit());
  } else if (field.type === "hidden") {
    const missing = document.querySelector("[data-no-secret]");
    if (missing) missing.hidden = false;
  }
  // somebody pastes the whole link
  field.addEventListener("change", () => { field.value = field.value.trim().split("#").pop(); });
})();

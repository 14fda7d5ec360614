// Runs in a page before its own scripts: notes what its sockets do, for a report when something does not come.
(() => {
  const began = Date.now(), notes = (window.witness = []);
  const note = (what, text = "") => { notes.push(`${Date.now() - began} ms ${what} ${String(text).slice(0, 300)}`); notes.splice(0, notes.length - 60); };
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      for (const kind of ["open", "error"]) this.addEventListener(kind, () => note(kind));
      this.addEventListener("close", ({ code }) => note("close", code));
      this.addEventListener("message", ({ data }) => note("heard", data));
    }
    send(data) { note("sent", data); super.send(data); }
  };
  document.addEventListener("live:state", ({ detail }) => note("state", detail.state));
  document.addEventListener("live:swapped", ({ detail }) => note("swapped", detail.topics));
  window.addEventListener("error", ({ message }) => note("error", message));

  // Resolves once `count` events of these names have come; after that time it fails and tells all that is known.
  window.expectEvents = (names, count, ms) => new Promise((done, fail) => {
    const found = [];
    const late = setTimeout(() => {
      const { dataset, outerHTML } = document.body;
      fail(new Error([`${found.length} of ${count} ${names} within ${ms} ms`, `live: ${dataset.live}, ${document.visibilityState}`, ...notes, outerHTML].join("\n")));
    }, ms);
    for (const name of names) {
      document.addEventListener(name, ({ detail }) => {
        found.push([name, name.startsWith("live:") ? detail : null]);
        if (found.length === count) { clearTimeout(late); done(found); }
      });
    }
  });
})();

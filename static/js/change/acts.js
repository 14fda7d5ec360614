// What buttons do, by their data-act.
import { reading } from "./files.js";
import { place } from "./place.js";
import { call, go, main, sight } from "./server.js";
import { talking } from "./talk.js";
import { deciding } from "./verdict.js";

export const acts = {
  ...reading,
  ...talking,
  ...deciding,
  "open-claims"(button) { button.closest("#claims").dataset.read = "yes"; },

  compare(button, event) {
    const ps = Number(button.dataset.number), now = Number(main.dataset.ps);
    // Click reads a patch set; with shift the two are compared.
    go(event.shiftKey && ps !== now ? { ps: Math.max(ps, now), against: Math.min(ps, now) } : { ps });
  },
  "compare-from"(select) { go({ ps: main.dataset.ps, ...(select.value ? { against: select.value } : {}) }); },
  view(button) { go({ ...sight(), ...(button.dataset.view === "split" ? { view: "split" } : {}) }); },

  async freeze() { await brake("freeze"); },
  async unfreeze() { await brake("unfreeze"); },
};
async function brake(verb) { place(await call(`/p/${main.dataset.queue}/queue/${verb}/`, {})); }

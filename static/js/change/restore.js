// After load: what this browser still keeps of the reader's comments is put back in its place and sent to the board.
import { resume } from "./drafts.js";
import { filled } from "./files.js";
import { kept, release } from "./kept.js";
import { fileOf, rowAt } from "./rows.js";
import { $, sight } from "./server.js";
import { composer, replyForm } from "./talk.js";

export async function restore() {
  await filled;
  for (const [id, draft] of kept()) {
    const form = formOf(draft), field = $("textarea", form);
    if (field.value === draft.body && Number(draft.draft) && !draft.request) { release(id); continue; }
    field.value = draft.body;
    resume(form, id, draft);
  }
}
function formOf({ draft, reply, place, sight: seen }) {
  const known = Number(draft) && $(`.compose[data-draft="${Number(draft)}"]`);
  const thread = reply && document.getElementById(`thread-${Number(place.thread)}`);
  if (known || thread) return known || replyForm(thread);
  const { path, side, start, end } = place, where = reply ? { path: "" } : { path, side, start, end };
  const file = fileOf(path), here = JSON.stringify(seen) === JSON.stringify(sight());
  const node = composer(where, here && file && end ? rowAt(file, side, end) : null);
  if (!here) node.dataset.sight = JSON.stringify(seen);
  return $(".compose", node);
}

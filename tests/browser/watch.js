// Runs in a page before its own scripts: notes whole pages that are fetched after load, and plants faults in the socket.
(() => {
  const seen = (window.watched = { whole: [], held: null, fault: null, faults: 0, at: {}, fetching: 0, until, upTo });
  const waiting = new Set();
  // Resolves as soon as that holds; everything that can change it comes by the socket or is fetched.
  function until(holds, ms) {
    return new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`not within ${ms} ms: ${holds}; ${JSON.stringify({ ...seen, live: document.body.dataset.live })}`)), ms);
      const look = () => { if (holds(seen)) { clearTimeout(late); waiting.delete(look); done(); } };
      waiting.add(look);
      look();
    });
  }
  // What is a person's own counts the instance's facts, the run's output counts bytes, all others count the project's facts.
  const logOf = (topic) => ({ person: "instance", run: "output" })[topic.split(".")[0]] ?? "project";
  const note = (topic, at) => { seen.at[logOf(topic)] = Math.max(seen.at[logOf(topic)] ?? 0, at); };
  // Whether all came that a page with these topics (as its body names them) shows.
  function upTo(topics) {
    const told = topics.split(" ").map((word) => [logOf(word), Number(word.slice(word.lastIndexOf(":") + 1))]);
    return told.every(([log, at]) => log === "output" || (seen.at[log] ?? 0) >= at);
  }
  const WHOLE = /<!doctype|<body[\s>]|<main[\s>]|class="shell"/i;

  // What was fetched counts as under way until the page has had a turn to show it.
  const fetched = window.fetch;
  const over = () => setTimeout(() => { seen.fetching -= 1; for (const look of waiting) look(); });
  window.fetch = async (...given) => {
    seen.fetching += 1;
    try {
      const answer = await fetched(...given);
      const html = (answer.headers.get("Content-Type") || "").includes("text/html");
      answer.clone().text().then((text) => { if (html && WHOLE.test(text)) seen.whole.push(answer.url); }, () => {}).then(over);
      return answer;
    } catch (error) {
      over();
      throw error;
    }
  };

  // fault: {kind: "drop" | "swap", target}: the next frame of that element is lost, or comes after its successor.
  function planted(frames) {
    const passed = [];
    for (const frame of frames) {
      const { fault } = seen;
      if (!fault || frame.kind !== "html" || frame.target !== fault.target) passed.push(frame);
      else if (fault.kind === "swap" && !seen.held) seen.held = frame;
      else {
        if (fault.kind === "swap") passed.push(frame, seen.held);
        seen.fault = seen.held = null;
        seen.faults += 1;
      }
    }
    return passed;
  }

  window.WebSocket = class extends WebSocket {
    set onmessage(listen) {
      super.onmessage = (event) => {
        const body = JSON.parse(event.data);
        const frames = planted(Array.isArray(body) ? body : [body]);
        if (frames.length) listen(new MessageEvent("message", { data: JSON.stringify(frames.length > 1 ? frames : frames[0]) }));
        for (const frame of frames) {
          for (const [topic, at] of Object.entries(frame.at ?? { [frame.topic]: frame.seq ?? 0 })) note(topic, at);
        }
        for (const look of waiting) look();
      };
    }
  };
})();

// Runs in a page before its own scripts: notes whole pages that are fetched after load, and plants faults in the socket.
(() => {
  const seen = (window.watched = { whole: [], held: null, fault: null, faults: 0 });
  const WHOLE = /<!doctype|<body[\s>]|<main[\s>]|class="shell"/i;

  const fetched = window.fetch;
  window.fetch = async (...given) => {
    const answer = await fetched(...given);
    if ((answer.headers.get("Content-Type") || "").includes("text/html")) {
      answer.clone().text().then((text) => { if (WHOLE.test(text)) seen.whole.push(answer.url); }, () => {});
    }
    return answer;
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
        if (frames.length) listen(new MessageEvent("message", { data: JSON.stringify(frames) }));
      };
    }
  };
})();

// What stands around every explorer's drawings, and the buttons that lead through the steps of a run.

import { announcer, button, html } from "./ui.js";

// Choices above, the main drawing, what is beside it and below both, readings, words, a hint and the live region, in `el`.
// `complete` makes a state that can be drawn out of whatever came from an address or a notebook; the words have
// room for so many `lines`.
export function shell({ model, el, title, complete, choices = [], main, side, below = [], readings = [], lines, hint }) {
  const reading = (name) => html("span", { class: "dx-reading", "data-reading": name });
  const values = Object.fromEntries(readings.map((name) => [name, reading(name)]));
  const optional = (name, children) => (children.length ? [html("div", { class: name }, ...children)] : []);
  const words = html("p", { class: "dx-words", style: `--lines: ${lines}` });
  const live = announcer();
  el.classList.add("descent-explorer");
  el.replaceChildren(
    html(
      "div",
      { class: "dx-frame", role: "group", "aria-label": `Explorer: ${title}` },
      ...optional("dx-choices", choices),
      html("div", { class: "dx-main" }, ...main),
      html("div", { class: "dx-side" }, ...side),
      ...optional("dx-below", below),
      ...optional(
        "dx-readouts",
        Object.entries(values).map(([name, value]) => html("div", {}, html("span", {}, name), value)),
      ),
      words,
      html("p", { class: "dx-hint" }, hint),
      live.element,
    ),
  );
  const state = () => complete(model.get("state"));
  return {
    state,
    save(changes) {
      model.set("state", complete({ ...state(), ...changes }));
      model.save_changes();
    },
    read(texts) {
      for (const [name, text] of Object.entries(texts)) values[name].textContent = text;
    },
    tell(text, warning = false) {
      words.textContent = text;
      words.classList.toggle("dx-warning", warning);
    },
    say: live.say,
    // Draws now and after every change of state or size. `update` returns a summary, which is announced
    // together with the words, but not when the page opens. Returns what ends it all.
    begin({ drawings, update, redraw = update, stop = () => {} }) {
      let opened = false;
      const follow = () => {
        const summary = update();
        if (opened) live.say(`${summary} ${words.textContent}`);
        opened = true;
      };
      const watcher = new ResizeObserver(() => {
        if (drawings.map((drawn) => drawn.resize()).includes(true)) redraw();
      });
      model.on("change:state", follow);
      follow();
      for (const { root } of drawings) watcher.observe(root);
      return () => {
        stop();
        live.stop();
        watcher.disconnect();
        model.off("change:state", follow);
      };
    },
  };
}

const PLAY_MS = 6000; // a whole run, whatever its number of steps

// Play, Step, Reset and a scrubber over the steps first ... end(). A whole run has length() steps.
// `show(step)` draws a step while time runs, `rest(step)` hears where the reader stays.
export function player({ first, end, length, show, rest, onReset }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let shown = first;
  let playing = null; // the pending animation frame

  const play = button({ word: "Play", primary: true, onClick: () => (playing ? moveTo(shown) : begin()) });
  const step = button({ word: "Step", onClick: () => moveTo(shown < end() ? shown + 1 : 1) });
  const reset = button({ word: "Reset", onClick: onReset });
  const scrubber = html("input", { type: "range", class: "dx-track", min: first, step: 1, "aria-label": "Step" });
  scrubber.addEventListener("input", () => moveTo(Number(scrubber.value)));

  function pause() {
    if (playing) cancelAnimationFrame(playing);
    playing = null;
    play.set("Play");
  }
  function moveTo(next) {
    pause();
    show(next);
    rest(next);
  }
  function begin() {
    const from = shown < end() ? shown : first;
    if (calm.matches) return moveTo(end());
    let began;
    const frame = (now) => {
      began ??= now;
      const next = Math.min(from + Math.floor(((now - began) / PLAY_MS) * length()), end());
      if (next !== shown) show(next);
      if (next === end()) return moveTo(next);
      playing = requestAnimationFrame(frame);
    };
    show(from);
    play.set("Pause");
    playing = requestAnimationFrame(frame);
  }
  return {
    element: html(
      "div",
      { class: "dx-run" },
      html("div", { class: "dx-buttons" }, play.element, step.element, reset.element),
      scrubber,
    ),
    pause,
    // Puts the scrubber at a step, with its words for those who do not see it.
    set(step, words) {
      shown = step;
      scrubber.max = end();
      scrubber.value = shown;
      scrubber.style.setProperty("--share", `${end() > first ? (100 * (shown - first)) / (end() - first) : 0}%`);
      scrubber.setAttribute("aria-valuetext", words);
    },
  };
}

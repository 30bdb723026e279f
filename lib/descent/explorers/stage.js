// A map with a ring on it, to be moved by dragging, by clicking the map, and with the arrow keys.

import { html } from "./ui.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

// `frame()` is what the map shows, `point()` where the ring is, `strides()` how far an arrow key leads (Shift:
// ten times as far), `onMove(point)` hears where it is wanted.
export function stage({ map, label, frame, point, strides, onMove }) {
  const ring = html("div", {
    class: "dx-handle",
    role: "slider",
    tabindex: 0,
    "aria-label": label,
    "aria-roledescription": "point in the plane",
  });
  const moveTo = (place, digits) => onMove(place.map((value) => Number(value.toPrecision(digits))));
  const pointAt = ({ clientX, clientY }) => {
    const box = map.root.getBoundingClientRect();
    const [[left, right], [bottom, top]] = frame();
    const x = left + ((clientX - box.left) / box.width) * (right - left);
    moveTo([x, top - ((clientY - box.top) / box.height) * (top - bottom)], 4);
  };
  ring.addEventListener("pointerdown", (event) => {
    ring.setPointerCapture(event.pointerId);
    event.preventDefault();
    ring.focus({ preventScroll: true });
  });
  ring.addEventListener("pointermove", (event) => {
    if (ring.hasPointerCapture(event.pointerId)) pointAt(event);
  });
  map.root.addEventListener("click", pointAt);
  ring.addEventListener("keydown", (event) => {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    const times = event.shiftKey ? 10 : 1;
    moveTo(point().map((value, i) => value + times * strides()[i] * ARROWS[event.key][i]), 6);
  });
  return {
    element: html("div", { class: "dx-stage" }, map.root, ring),
    // Puts the ring at its point, with words for those who do not see it.
    set(words) {
      const [[left, right], [bottom, top]] = frame();
      const [x, y] = point();
      ring.style.left = `${(100 * (x - left)) / (right - left)}%`;
      ring.style.top = `${(100 * (top - y)) / (top - bottom)}%`;
      ring.setAttribute("aria-valuenow", x);
      ring.setAttribute("aria-valuemin", left);
      ring.setAttribute("aria-valuemax", right);
      ring.setAttribute("aria-valuetext", words);
    },
  };
}

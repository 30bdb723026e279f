// Widgets that every explorer shares: elements, sliders, choices, buttons, announcements, numbers in words.

const SVG = "http://www.w3.org/2000/svg";

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export const html = (tag, attributes = {}, ...children) =>
  build(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

// What may come from an address or a notebook: a number, the name of an entry, or else something sound.
export const finite = (value, otherwise) => (Number.isFinite(value) ? value : otherwise);
export const pick = (name, table, otherwise) => (Object.hasOwn(table, name) ? name : otherwise);

let labels = 0;
export const freshId = () => `dx-${++labels}`;

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// A slider's place p on its track against the value it stands for.
const SCALES = {
  linear: { place: (value) => value, value: (p) => p },
  log: { place: Math.log10, value: (p) => Number((10 ** p).toPrecision(3)) },
  // for decay rates: equal ways on the track divide 1 - value by equal factors
  decay: {
    place: (value) => -Math.log10(1 - value),
    value: (p) => Number((1 - Number((10 ** -p).toPrecision(2))).toPrecision(6)),
  },
  // for what may be 0, or small: equal ways on the track are steps of the fourth root
  root: { place: (value) => value ** 0.25, value: (p) => Number((p ** 4).toPrecision(3)) },
  // for batch sizes: the powers of two
  doubling: { place: Math.log2, value: (p) => 2 ** Math.round(p), stride: () => 1, say: String },
  // for counts; an arrow key moves by 1, 10, 100, …
  whole: {
    place: (value) => value,
    value: Math.round,
    stride: (range) => 10 ** Math.floor(Math.log10(Math.max(range / 200, 1))),
    say: String,
  },
};

// A labelled slider from low to high, where wanted with buttons at some values, { name: value }.
// `set(value)` moves it without a report, and its upper end where wanted.
export function slider({ label, low, high, scale = "linear", marks = {}, onInput }) {
  const { place, value, stride = (range) => range / 200, say = number } = SCALES[scale];
  const id = freshId();
  const track = html("input", {
    id, type: "range", class: "dx-track", min: place(low), max: place(high), step: "any",
  });
  const output = html("output", { for: id, class: "dx-value" });
  const show = (current) => {
    output.textContent = say(current);
    track.setAttribute("aria-valuetext", say(current));
    const share = (Number(track.value) - place(low)) / (place(high) - place(low));
    track.style.setProperty("--share", `${100 * share}%`);
  };
  const report = () => {
    const current = clamp(value(Number(track.value)), low, high);
    show(current);
    onInput(current);
  };
  track.addEventListener("input", report);
  track.addEventListener("keydown", (event) => {
    const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    track.value = Number(track.value) + moves[event.key] * stride(place(high) - place(low));
    report();
  });
  const pins = Object.entries(marks).map(([name, value]) => {
    const at = (place(value) - place(low)) / (place(high) - place(low));
    const pin = html("button", { type: "button", class: "dx-mark", style: `--at: ${at}` }, name);
    pin.addEventListener("click", () => onInput(value));
    return pin;
  });
  const element = html(
    "div",
    { class: "dx-slider" },
    html("label", { for: id }, label),
    output,
    track,
    ...(pins.length ? [html("div", { class: "dx-marks", role: "group", "aria-label": label }, ...pins)] : []),
  );
  const set = (current, upper = high) => {
    track.max = place((high = upper));
    track.value = place(clamp(current, low, high));
    show(current);
  };
  return { element, set };
}

// { name: title } of a table { name: { title, ... } }.
export const titles = (table) =>
  Object.fromEntries(Object.entries(table).map(([name, { title }]) => [name, title]));

// A labelled drop-down list of { value: title }.
export function choice({ label, options, onChange }) {
  const id = freshId();
  const select = html(
    "select",
    { id },
    ...Object.entries(options).map(([value, title]) => html("option", { value }, capital(title))),
  );
  select.addEventListener("change", () => onChange(select.value));
  const element = html("div", { class: "dx-choice" }, html("label", { for: id }, label), select);
  return { element, set: (value) => (select.value = value) };
}

// A labelled box to tick.
export function toggle({ label, onChange }) {
  const box = html("input", { type: "checkbox" });
  box.addEventListener("change", () => onChange(box.checked));
  return { element: html("label", { class: "dx-toggle" }, box, label), set: (on) => (box.checked = on) };
}

const ICONS = {
  Play: "M4 2.5 13 8 4 13.5Z",
  Pause: "M4 2.5h3v11H4Zm5 0h3v11H9Z",
  Step: "M3 2.5 10 8 3 13.5Zm8 0h2.5v11H11Z",
  Copy: "M5 1.5h8v9H5Zm1.5 1.5v6h5V3ZM3 4.5v8h8V14H1.5V4.5Z",
  Copied: "M2 8.5 3.2 7.2 6.3 10.2 12.8 3.6 14 4.9 6.3 12.8Z",
  Redraw: "M2.5 2.5h11v11h-11ZM4 4v8h8V4ZM5.3 5.3h1.9v1.9H5.3ZM8.8 8.8h1.9v1.9H8.8Z",
  Reset: "M8 3a5 5 0 1 1-4.6 3L5 6.7A3.3 3.3 0 1 0 8 4.7V7L4 3.9 8 .8Z",
};

// A button with an icon and a word; `set(word)` changes both.
export function button({ word, onClick, primary = false }) {
  const path = svg("path", { fill: "currentColor" });
  const text = html("span");
  const set = (name) => {
    path.setAttribute("d", ICONS[name]);
    text.textContent = name;
  };
  set(word);
  const icon = svg("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, path);
  const element = html(
    "button",
    { type: "button", class: primary ? "dx-button dx-primary" : "dx-button" },
    icon,
    text,
  );
  element.addEventListener("click", onClick);
  return { element, set };
}

// A live region that speaks once things have been quiet for a moment.
export function announcer(pause = 600) {
  const element = html("div", { class: "dx-unseen", "aria-live": "polite", role: "status" });
  let timer;
  const say = (words) => {
    clearTimeout(timer);
    timer = setTimeout(() => (element.textContent = words), pause);
  };
  return { element, say, stop: () => clearTimeout(timer) };
}

const superscript = (digits) => String(digits).replace(/./g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(c)]);

export const power = (exponent) => (exponent === 0 ? "1" : exponent === 1 ? "10" : `10${superscript(exponent)}`);

// A number for reading: three significant digits (decay rates near 1 keep their nines), a true minus sign.
export function number(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [digits, exponent] = value.toExponential(1).split("e");
    const short = digits.replace(/\.0$/, "").replace("-", "−");
    const factor = short === "1" ? "" : short === "−1" ? "−" : `${short}·`;
    return `${factor}10${superscript(Number(exponent))}`;
  }
  const digits = size >= 0.99 && size < 1 ? 4 : 3;
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

// A time in seconds, in the unit that suits it.
export function duration(seconds) {
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([size]) => seconds >= 2 * size) ?? [1e-3, "ms"];
  return `${number(seconds / size)} ${unit}`;
}

// A number with a fixed count of decimals, for readouts that must not jitter.
export const fixed = (value, decimals = 2) =>
  Math.abs(value) >= 1e5
    ? number(value)
    : value.toFixed(decimals).replace(/^-(?=[0.]*$)/, "").replace("-", "−");

export const capital = (words) => words[0].toUpperCase() + words.slice(1);

// Brings the explorers of a static page to life and keeps their state in the address.
// A page holds <div class="descent-explorer" data-explorer="name" data-model="{…}"> with a picture inside.

// The part of anywidget's model that explorers use.
export function makeModel(values) {
  const listeners = new Map();
  const listening = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
  return {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      for (const callback of [...listening(`change:${name}`)]) callback();
    },
    on: (event, callback) => listening(event).add(callback),
    off: (event, callback) => listening(event).delete(callback),
    save_changes() {
      for (const callback of [...listening("save")]) callback();
    },
  };
}

// A flat state as the text behind the question mark of #id?key=value&list=1,2 and back.
export const toText = (state) =>
  Object.entries(state)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value).replaceAll("%2C", ",")}`)
    .join("&");

export function fromText(text) {
  const read = (word) => {
    if (word === "true" || word === "false") return word === "true";
    return word.trim() !== "" && Number.isFinite(Number(word)) ? Number(word) : word;
  };
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([key, value]) => [
      key,
      value.includes(",") ? value.split(",").map(read) : read(value),
    ]),
  );
}

function mount(place, explorer) {
  const model = makeModel(JSON.parse(place.dataset.model));
  const stage = document.createElement("div");
  explorer.render({ model, el: stage });
  stage.classList.remove("descent-explorer"); // the place itself carries the style
  place.replaceChildren(stage);

  const follow = () => {
    const [id, text] = location.hash.slice(1).split("?");
    if (id !== place.id || text === undefined) return;
    model.set("state", fromText(text));
    place.scrollIntoView({ block: "center" });
  };
  let timer;
  model.on("save", () => {
    clearTimeout(timer); // browsers limit how often the address may change
    timer = setTimeout(
      () => history.replaceState(history.state, "", `#${place.id}?${toText(model.get("state"))}`),
      200,
    );
  });
  addEventListener("hashchange", follow);
  follow();
}

export function start(explorers) {
  const counts = {};
  for (const place of document.querySelectorAll(".descent-explorer[data-explorer]")) {
    const name = place.dataset.explorer;
    counts[name] = (counts[name] ?? 0) + 1;
    place.id ||= `${name}-${counts[name]}`;
    try {
      mount(place, explorers[name]);
    } catch (error) {
      console.error(`explorer ${name}:`, error); // its picture stays
    }
  }
}

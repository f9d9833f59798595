"use strict";

// Data come as scripts, each of which calls receive(name, content): a page that is a file may read nothing else.
const arrived = new Map(), loading = new Map();
function receive(name, content) { arrived.set(name, content); }

function load(name) {
  if (!loading.has(name)) {
    loading.set(name, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `faces_page/${name}.js`;
      script.onload = () => { script.remove(); resolve(arrived.get(name)); arrived.delete(name); };
      script.onerror = () => reject(new Error(`${script.src} is missing: keep the folder faces_page beside this page`));
      document.head.append(script);
    }));
  }
  return loading.get(name);
}

const one = (selector) => document.querySelector(selector);
const make = (tag, properties = {}, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};
const words = (name) => name.replaceAll("_", " ");
const sexOf = (gender) => (gender === null || gender === undefined ? "" : gender < 50 ? "f" : "m");

// All that a link can say is in the address, after #, and nothing else is kept: a change of it shows what it says.
let index, defaults;
const MODES = { dense: "dense layers trained", full: "all layers trained" };
const SORTS = { prediction: "prediction", rating: "rating", error: "error", size: "size of error", age: "age", name: "name" };
const RANGES = { age: 1, rating: 0.1, prediction: 0.1, error: 0.1 };
const FILTERS = ["name", "sex", ...Object.keys(RANGES).flatMap((key) => [`${key}.min`, `${key}.max`])];
const nameOf = ({ base, mode }) => `${base} base model, ${MODES[mode] ?? mode}`;
const pathOf = (network) => `${network.base}/${network.mode}/${network.attribute}`;

function state() {
  return { ...defaults, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
}

function change(changes, step = false) {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...state(), ...changes })) {
    if (key === "network" || String(value) !== String(defaults[key] ?? "")) parameters.set(key, value);
  }
  const hash = `#${parameters.toString().replaceAll("%2F", "/")}`;
  if (hash === location.hash) return;
  history[step ? "pushState" : "replaceState"](null, "", hash); // at once, unlike location.replace
  show();
}

const chosen = (now) => Math.max(index.networks.findIndex((network) => pathOf(network) === now.network), 0);

// The grid.
let tiles = [], order = [];
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    target.src = target.dataset.src;
    seen.unobserve(target);
  }
});

function makeTiles() {
  tiles = index.faces.map((name, number) => {
    const image = make("img", { alt: "", width: 96, height: 96 });
    image.dataset.src = `faces_page/thumbnails/${number}.webp`;
    const button = make("button", { type: "button" }, image, make("span", {}, make("b"), make("span")));
    button.dataset.face = name;
    button.addEventListener("click", () => change({ face: name }, true));
    return make("li", {}, button);
  });
}

async function showGrid(now) {
  const number = chosen(now), network = index.networks[number];
  const { prediction, rating } = await load(`networks/${number}`);
  const error = prediction.map((value, row) => (rating[row] === null || value === null ? null : Math.round(100 * (value - rating[row])) / 100));
  const columns = { prediction, rating, error, size: error.map((value) => value && Math.abs(value)), age: index.age, name: index.faces };
  const within = ([key, values]) => {
    const [low, high] = ["min", "max"].map((end) => now[`${key}.${end}`] ?? "");
    return (row) => (low === "" && high === "") || (values[row] !== null && (low === "" || values[row] >= +low) && (high === "" || values[row] <= +high));
  };
  const tests = Object.keys(RANGES).filter((key) => columns[key]).map((key) => within([key, columns[key]]));
  const wanted = now.name.toLowerCase();
  const shown = index.faces.map((name, row) => name.toLowerCase().includes(wanted)
    && (!now.sex || sexOf(index.gender?.[row]) === now.sex) && tests.every((test) => test(row)));
  const key = columns[now.sort] ?? prediction, sign = now.order === "up" ? 1 : -1;
  const compare = (a, b) => {
    if (key[a] === null || key[b] === null) return (key[a] === null) - (key[b] === null) || a - b;
    return sign * (now.sort === "name" ? key[a].localeCompare(key[b], "en", { numeric: true }) : key[a] - key[b]) || a - b;
  };
  order = index.faces.map((_, row) => row).filter((row) => shown[row]).sort(compare);
  for (const row of order) {
    const [image, text] = tiles[row].firstChild.children, [first, second] = text.children;
    const known = rating[row] !== null;
    first.textContent = prediction[row]?.toFixed(1) ?? "–";
    second.textContent = known ? `rated ${rating[row].toFixed(1)}` : "";
    tiles[row].firstChild.setAttribute("aria-label",
      `${index.faces[row]}: ${words(network.attribute)} predicted ${first.textContent}${known ? `, rated ${rating[row].toFixed(1)}` : ""}`);
    if (!image.src) seen.observe(image);
  }
  one("#grid").replaceChildren(...order.map((row) => tiles[row]));
  const missing = now.face && !index.faces.includes(now.face) ? `no face ${now.face}, ` : "";
  one("output").textContent = `${missing}${order.length} of ${tiles.length} faces`;
}

// What a person does.
function moveInGrid(event) {
  const buttons = [...document.querySelectorAll("#grid button")], here = buttons.indexOf(document.activeElement);
  const columns = getComputedStyle(one("#grid")).gridTemplateColumns.split(" ").length;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  if (here < 0 || !by) return;
  event.preventDefault();
  buttons[here + by]?.focus();
}

function listen() {
  const controls = one("#controls");
  controls.addEventListener("submit", (event) => event.preventDefault());
  for (const event of ["input", "change"]) controls.addEventListener(event, ({ target }) => change({ [target.name]: target.value }));
  one("#order").addEventListener("click", () => change({ order: state().order === "up" ? "down" : "up" }));
  one("#reset").addEventListener("click", () => change(Object.fromEntries(FILTERS.map((key) => [key, ""]))));
  one("#grid").addEventListener("keydown", moveInGrid);
}

function fillControls() {
  const total = index.faces.length, rest = index.left_out;
  document.title = one("h1").textContent = `${index.experiment}: ${total} ${index.kind}`;
  one("#about").textContent = `Under each face: its rating as a network predicts it, on a scale of ${index.scale.join(" to ")}. Choose a face to see its heatmaps by ${index.networks.length} networks.`
    + (rest ? ` ${rest} more may not be published, and are not on this page (figures/faces_page).` : "");
  one("[name=network]").append(...index.networks.map((network) => make("option", {
    value: pathOf(network), textContent: `${words(network.attribute)} · ${nameOf(network)}` })));
  const known = { rating: index.rated, error: index.rated, size: index.rated, age: index.age };
  const has = (key) => !(key in known) || known[key];
  one("[name=sort]").append(...Object.entries(SORTS).filter(([key]) => has(key)).map(([value, textContent]) => make("option", { value, textContent })));
  one("#sex").hidden = !index.gender;
  one("#ranges").append(...Object.entries(RANGES).filter(([key]) => has(key)).map(([key, steps]) => {
    const ends = ["min", "max"].map((end) => make("input", { type: "number", step: steps, name: `${key}.${end}`, ariaLabel: `${key}, ${end === "min" ? "least" : "most"}` }));
    return make("label", {}, `${key[0].toUpperCase()}${key.slice(1)} `, ends[0], " to ", ends[1]);
  }));
}

function showControls(now) {
  for (const control of one("#controls").elements) {
    if (control.name && control !== document.activeElement) control.value = now[control.name] ?? "";
  }
  if (FILTERS.some((key) => now[key])) one("details").open = true;
  one("#order").textContent = now.order === "up" ? "↑ lowest first" : "↓ highest first";
}

async function show() {
  const now = state();
  try {
    showControls(now);
    await showGrid(now);
    // What a face needs is loaded with the first one.
    if (now.face || one("dialog").open) await (await load("face"))(now);
    performance.mark("shown");
  } catch (fault) {
    one("#about").textContent = fault.message;
    throw fault;
  }
}

load("index").then((content) => {
  index = content;
  defaults = { network: pathOf(index.networks[index.first]), sort: "prediction", order: "down", name: "", sex: "", face: "", mix: 50, outlines: "", individual: "", own: "" };
  fillControls();
  makeTiles();
  listen();
  for (const event of ["hashchange", "popstate"]) addEventListener(event, show);
  return show();
}).catch((fault) => { one("#about").textContent = fault.message; throw fault; });

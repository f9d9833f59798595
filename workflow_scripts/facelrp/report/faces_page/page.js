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

// A face has half a megabyte: only a few are kept.
function loadFace(number) {
  const kept = [...loading.keys()].filter((name) => name.startsWith("faces/"));
  kept.slice(0, -8).forEach((name) => loading.delete(name));
  return load(`faces/${number}`);
}

const one = (selector) => document.querySelector(selector);
const make = (tag, properties = {}, ...inside) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
};
const signed = (value) => {
  const size = Math.abs(value).toFixed(2);
  return +size ? `${value < 0 ? "−" : "+"}${size}` : size;
};
const words = (name) => name.replaceAll("_", " ");
const sexOf = (gender) => (gender === null || gender === undefined ? "" : gender < 50 ? "f" : "m");

// All that a link can say is in the address, after #, and nothing else is kept: a change of it shows what it says.
let index, defaults, shades;
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

// A face.
async function greys(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = make("canvas", { width: image.width, height: image.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, image.width, image.height).data; // red, green, blue, opacity
}

async function decoded(address, end) {
  const values = await greys(address), map = new Float32Array(values.length / 4);
  for (let place = 0; place < map.length; place++) map[place] = ((values[4 * place] - 128) / 127) * end;
  return map;
}

async function heatmaps(face, individual) {
  face.maps ??= await Promise.all(face.heatmaps.map((address) => decoded(address, face.end)));
  if (!individual) return face.maps;
  const means = await load("means");
  means.maps ??= await Promise.all(means.heatmaps.map((address, number) => decoded(address, means.ends[number])));
  return face.maps.map((map, number) => map.map((value, place) => value - means.maps[number][place]));
}

// As in figures: the value that 0.5 % of pixels exceed.
function endOf(map) {
  return map.map(Math.abs).sort()[Math.floor(0.995 * (map.length - 1))] || 1;
}

function colour(share) {
  const place = ((Math.min(Math.max(share, -1), 1) + 1) / 2) * (index.colours.length - 1);
  const below = Math.min(Math.floor(place), index.colours.length - 2), rest = place - below;
  return index.colours[below].map((value, channel) => value + rest * (index.colours[below + 1][channel] - value));
}

// Between the face (0) and the heatmap (1), relevance hides the face by how strong it is, as overlays in figures do.
function draw(canvas, map, end, mix = 1) {
  const side = Math.sqrt(map.length);
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d"), image = context.createImageData(side, side), pixels = image.data;
  for (let place = 0; place < map.length; place++) {
    const share = Math.min(Math.max(map[place] / end, -1), 1), strength = Math.sqrt(Math.abs(share));
    const [red, green, blue] = shades[Math.round(127 * share) + 127];
    pixels[4 * place] = red;
    pixels[4 * place + 1] = green;
    pixels[4 * place + 2] = blue;
    pixels[4 * place + 3] = 255 * (mix < 0.5 ? 2 * mix * strength : strength + (1 - strength) * (2 * mix - 1));
  }
  context.putImageData(image, 0, 0);
}

let current = null; // what the dialog shows: face, maps, ends, number

function showStage(mix) {
  const { face, maps, ends, number } = current;
  draw(one("#map"), maps[number], ends[number], mix / 100);
  one("#face").style.filter = `grayscale(${Math.min(mix / 50, 1)})`;
}

async function showFace(now) {
  const row = index.faces.indexOf(now.face), dialog = one("dialog");
  if (row < 0) { dialog.close(); current = null; return; }
  const face = await loadFace(row), individual = now.individual === "1";
  const maps = await heatmaps(face, individual), means = individual ? await load("means") : null;
  if (state().face !== now.face) return; // another one was asked for meanwhile
  const number = chosen(now), network = index.networks[number];
  const ends = now.own === "1" ? maps.map(endOf) : maps.map(() => face.end);
  const isNew = current?.row !== row;
  current = { row, face, maps, ends, number };

  one("#name").textContent = now.face;
  const sex = { f: "female", m: "male" }[sexOf(index.gender?.[row])];
  const age = index.age?.[row];
  const place = order.indexOf(row);
  one("#person").textContent = [age == null ? "" : `age ${Math.round(age)}`, sex, place < 0 ? "" : `${place + 1} of ${order.length}`].filter(Boolean).join(", ");
  one("#previous").disabled = place <= 0;
  one("#next").disabled = place < 0 || place === order.length - 1;

  one("#face").src = face.picture;
  one("#shown").textContent = `${words(network.attribute)} · ${nameOf(network)}`;
  one("#map").setAttribute("aria-label", `Heatmap of ${words(network.attribute)}, ${nameOf(network)}`);
  for (const [name, on] of [["outlines", now.outlines], ["individual", now.individual], ["own", now.own]]) one(`[name=${name}]`).checked = on === "1";
  one("[name=mix]").value = now.mix;
  showStage(+now.mix);
  const high = (1e3 * ends[number]).toPrecision(2);
  one("#low").textContent = `−${high}`;
  one("#high").textContent = `+${high}`;
  showOutlines(face, now.outlines === "1");
  showScores(face, number, means);
  showMatrix(face, maps, ends, number);
  showParts(face, number, individual);
  showCovered(face, number);
  one("#single").replaceChildren(...(index.single ? ["This face with all heatmaps as a picture: ", make("code", { textContent: `snakemake --cores 1 ${index.single}/${now.face}.png` })] : []));
  if (!dialog.open) dialog.showModal();
  if (isNew) { dialog.scrollTop = 0; one("#name").focus(); }
}

function showOutlines(face, visible) {
  one("#outlined").hidden = one("#relevance").hidden = !face.outlines;
  const paths = Object.entries(face.outlines ?? {}).map(([part, lines]) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", lines);
    path.dataset.part = part;
    return path;
  });
  one("#outlines").replaceChildren(...paths);
  one("#outlines").toggleAttribute("hidden", !visible);
}

function showScores(face, number, means) {
  const prediction = face.predictions[number], rating = face.ratings[number];
  const parts = [`Predicted ${prediction.toFixed(2)}`];
  if (rating !== null) parts.push(`, rated ${rating.toFixed(2)}, error ${signed(prediction - rating)}`);
  const sum = face.sums[number], explained = face.explained[number];
  parts.push(`. The heatmap adds up to ${signed(sum)} points`);
  if (Math.abs(sum - explained) > 0.02 * Math.abs(explained) + 0.005) parts.push(`, of ${signed(explained)} to explain`);
  if (means) parts.push(`, without the mean heatmap to ${signed(sum - means.sums[number])}`);
  one("#scores").textContent = `${parts.join("")}.`;
}

function showMatrix(face, maps, ends, number) {
  const kinds = [...new Set(index.networks.map(({ base, mode }) => `${base}/${mode}`))];
  const heads = index.attributes.map((attribute) => {
    const rating = face.ratings[index.networks.findIndex((network) => network.attribute === attribute)];
    return make("th", { scope: "col" }, words(attribute), rating === null ? "" : make("small", { textContent: ` rated ${rating.toFixed(2)}` }));
  });
  const bodies = kinds.map((kind) => {
    const [base, mode] = kind.split("/");
    const cells = index.attributes.map((attribute) => {
      const own = index.networks.findIndex((network) => pathOf(network) === `${kind}/${attribute}`);
      const canvas = make("canvas"), prediction = face.predictions[own], rating = face.ratings[own];
      draw(canvas, maps[own], ends[own]);
      const error = rating === null ? "" : make("small", { textContent: signed(prediction - rating) });
      const button = make("button", { type: "button", ariaPressed: String(own === number) }, canvas, make("b", { textContent: prediction.toFixed(2) }), error);
      button.setAttribute("aria-label", `${words(attribute)}, ${nameOf({ base, mode })}: predicted ${prediction.toFixed(2)}${rating === null ? "" : `, error ${signed(prediction - rating)}`}`);
      button.addEventListener("click", () => change({ network: `${kind}/${attribute}` }));
      return make("td", {}, button);
    });
    const head = make("th", { scope: "rowgroup", colSpan: cells.length }, nameOf({ base, mode }));
    return make("tbody", {}, make("tr", {}, head), make("tr", {}, ...cells));
  });
  const columns = make("colgroup", {}, ...heads.map(() => make("col")));
  one("#matrix").replaceChildren(columns, make("thead", {}, make("tr", {}, ...heads)), ...bodies);
  one("#matrix").className = heads.length > 6 ? "many" : "";
}

function showParts(face, number, individual) {
  if (!face.relevance) return;
  const values = face.relevance[number].map((value, part) => value - (individual ? face.mean_relevance[number][part] : 0));
  const largest = Math.max(...values.map(Math.abs)) || 1;
  one("#parts").replaceChildren(...index.parts.map((part, place) => {
    const bar = make("i"), wide = (50 * Math.abs(values[place])) / largest;
    bar.style.setProperty("--from", `${values[place] < 0 ? 50 - wide : 50}%`);
    bar.style.setProperty("--wide", `${wide}%`);
    bar.style.setProperty("--colour", `rgb(${colour(Math.sign(values[place]) * 0.7)})`);
    const line = make("tr", {}, make("th", { scope: "row", textContent: words(part) }), make("td", {}, bar), make("td", { textContent: signed(values[place]) }));
    line.dataset.part = part;
    return line;
  }));
}

function showCovered(face, number) {
  one("#occlusion").hidden = !face.effects;
  if (!face.effects) return;
  const side = Math.sqrt(current.maps[0].length), share = (pixels) => `${(100 * pixels) / side}%`;
  one("#covered").replaceChildren(...index.occluded.flatMap((part, place) => {
    const patch = face.patches[place], effect = face.effects[number][place];
    if (!patch || effect === null) return [];
    const over = make("img", { src: patch.picture, alt: "" });
    Object.assign(over.style, { left: share(patch.x), top: share(patch.y), width: share(patch.width), height: share(patch.height) });
    const name = part === "control" ? `${words(index.control)} (control)` : words(part);
    const picture = make("div", {}, make("img", { src: face.picture, alt: `The face with ${name} covered` }), over);
    return [make("figure", {}, picture, make("figcaption", {}, make("b", { textContent: signed(effect) }), name))];
  }));
}

// What a person does.
function mark(part) {
  const members = { brows: "brow", eyes: "eye", cheeks: "cheek" };
  const whole = Object.keys(members).find((name) => part?.endsWith(members[name])) ?? part;
  const isIn = (name) => part && (name === whole || name.endsWith(members[whole] ?? "\0"));
  for (const shape of document.querySelectorAll("#outlines path, #parts tr")) shape.classList.toggle("marked", Boolean(isIn(shape.dataset.part)));
}

function step(by) {
  const next = order[order.indexOf(current.row) + by];
  if (next !== undefined) change({ face: index.faces[next] });
}

function moveInGrid(event) {
  const buttons = [...document.querySelectorAll("#grid button")], here = buttons.indexOf(document.activeElement);
  const columns = getComputedStyle(one("#grid")).gridTemplateColumns.split(" ").length;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
  if (here < 0 || !by) return;
  event.preventDefault();
  buttons[here + by]?.focus();
}

function listen() {
  const dialog = one("dialog"), controls = one("#controls");
  controls.addEventListener("submit", (event) => event.preventDefault());
  for (const event of ["input", "change"]) controls.addEventListener(event, ({ target }) => change({ [target.name]: target.value }));
  one("#order").addEventListener("click", () => change({ order: state().order === "up" ? "down" : "up" }));
  one("#reset").addEventListener("click", () => change(Object.fromEntries(FILTERS.map((key) => [key, ""]))));
  one("#grid").addEventListener("keydown", moveInGrid);
  one("#previous").addEventListener("click", () => step(-1));
  one("#next").addEventListener("click", () => step(1));
  one("#close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    const face = state().face;
    change({ face: "" });
    document.querySelector(`#grid button[data-face="${CSS.escape(face)}"]`)?.focus();
  });
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.target.type === "range") return;
    event.preventDefault();
    step(by);
  });
  one("[name=mix]").addEventListener("input", ({ target }) => showStage(+target.value));
  one("[name=mix]").addEventListener("change", ({ target }) => change({ mix: target.value }));
  for (const name of ["outlines", "individual", "own"]) {
    one(`[name=${name}]`).addEventListener("change", ({ target }) => change({ [name]: target.checked ? "1" : "" }));
  }
  for (const selector of ["#outlines", "#parts"]) {
    one(selector).addEventListener("pointerover", ({ target }) => mark(target.closest("[data-part]")?.dataset.part));
    one(selector).addEventListener("pointerleave", () => mark(null));
  }
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
  one("#colours").style.background = `linear-gradient(to right, ${index.colours.map((rgb) => `rgb(${rgb})`).join(", ")})`;
  one("#unit").textContent = `Thousandths of a point per pixel. ${index.legend.colours}`;
  one("#legend").textContent = index.legend.sum;
  one("#help").textContent = "One scale for all heatmaps of a face; that of another face may differ. Colours are rounded to 1/127 of the scale; "
    + "beyond its ends, which the strongest 0.5 % of pixels exceed, they stay the same. Left and right are the person's own. Arrow keys: next face; Escape: back to all.";
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
    await showFace(now);
    performance.mark("shown");
  } catch (fault) {
    one("#about").textContent = fault.message;
    throw fault;
  }
}

load("index").then((content) => {
  index = content;
  defaults = { network: pathOf(index.networks[index.first]), sort: "prediction", order: "down", name: "", sex: "", face: "", mix: 50, outlines: "", individual: "", own: "" };
  shades = Array.from({ length: 255 }, (_, step) => colour((step - 127) / 127));
  fillControls();
  makeTiles();
  listen();
  for (const event of ["hashchange", "popstate"]) addEventListener(event, show);
  return show();
}).catch((fault) => { one("#about").textContent = fault.message; throw fault; });

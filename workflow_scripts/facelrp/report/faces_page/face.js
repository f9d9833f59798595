"use strict";

// A face with its heatmaps, in the dialog: loaded with the first face, after page.js, whose functions it uses.
const signed = (value) => {
  const size = Math.abs(value).toFixed(2);
  return +size ? `${value < 0 ? "−" : "+"}${size}` : size;
};

// A face has half a megabyte: only a few are kept.
function loadFace(number) {
  const kept = [...loading.keys()].filter((name) => name.startsWith("faces/"));
  kept.slice(0, -8).forEach((name) => loading.delete(name));
  return load(`faces/${number}`);
}

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
  one("#outlines").classList.toggle("off", !visible);
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

const shades = Array.from({ length: 255 }, (_, step) => colour((step - 127) / 127));

function fillDialog() {
  one("#colours").style.background = `linear-gradient(to right, ${index.colours.map((rgb) => `rgb(${rgb})`).join(", ")})`;
  one("#unit").textContent = `Thousandths of a point per pixel. ${index.legend.colours}`;
  one("#legend").textContent = index.legend.sum;
  one("#help").textContent = "One scale for all heatmaps of a face; that of another face may differ. Colours are rounded to 1/127 of the scale; "
    + "beyond its ends, which the strongest 0.5 % of pixels exceed, they stay the same. The mean heatmap is that of all test faces by the same network. Left and right are the person's own. Arrow keys: next face; Escape: back to all.";
}

function listenToDialog() {
  const dialog = one("dialog");
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

fillDialog();
listenToDialog();
receive("face", showFace);

import { fetchBytes, load, points } from "./onoma.js";

// Whatever comes from the text or from the model is put on the page as textContent, never as markup.

const PAUSE = 150; // milliseconds without a key before the text is tagged
const RUNTIME = "./ort/ort.wasm.min.mjs";
const find = (id) => document.getElementById(id);
const embedded = new URLSearchParams(location.search).has("embedded");
document.documentElement.classList.toggle("embedded", embedded);

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function say(message, failed = false) {
  find("status").textContent = message;
  find("status").className = failed ? "failed" : "";
}

const percent = (score) => `${Math.floor(100 * score)} %`;

function show(text, entities, slots) {
  const chars = points(text); // places count code points, strings count UTF-16 units
  const pieces = [];
  let place = 0;
  for (const { start, end, label, score } of entities) {
    pieces.push(chars.slice(place, start).join(""));
    const mark = element("mark", chars.slice(start, end).join(""), `l${slots[label]}`);
    mark.append(element("span", ` ${label} ${percent(score)}`, "label"));
    pieces.push(mark);
    place = end;
  }
  find("marked").replaceChildren(...pieces, chars.slice(place).join(""));
  find("entities").replaceChildren(...entities.map((entity) => {
    const row = document.createElement("tr");
    const name = element("td", "");
    name.append(element("bdi", entity.text));
    row.append(name, element("td", entity.label), element("td", percent(entity.score)), element("td", `${entity.start}–${entity.end}`));
    return row;
  }));
  find("result").hidden = text === "";
}

// Within another page the model is loaded when somebody turns to it, not for everyone who passes by.
function wanted(about) {
  if (!embedded) return Promise.resolve();
  const box = find("text");
  box.value = about.example;
  box.disabled = false;
  say(`Change the text: the model is then loaded, ${about.megabytes} MB.`);
  return new Promise((done) => ["focus", "input"].forEach((what) => box.addEventListener(what, done, { once: true })));
}

async function start() {
  say("Loading…");
  const about = JSON.parse(new TextDecoder().decode(await fetchBytes("page.json")));
  await wanted(about);
  say(`Loading the model, ${about.megabytes} MB…`);
  const ort = await import(RUNTIME).catch(() => {
    throw new Error("ort/ is missing: README.md beside this page says how onnxruntime-web gets there");
  });
  ort.env.wasm.numThreads = 1; // more need headers that few servers send
  ort.env.wasm.wasmBinary = (await fetchBytes("ort/ort-wasm-simd-threaded.wasm")).buffer;
  const tagger = await load("model", ort);
  find("about").textContent = `Model ${about.name}: ${tagger.labels.join(", ")}. Made by Onoma ${about.version}.`;
  return { tagger, ...about };
}

function listen({ tagger, slots }) {
  let timer = 0;
  let running = Promise.resolve(); // one text at a time: the last one typed is shown last
  const tag = async () => {
    const text = find("text").value;
    try {
      const begun = performance.now();
      const entities = await tagger.tag(text);
      if (text !== find("text").value) return;
      show(text, entities, slots);
      const found = `${entities.length} ${entities.length === 1 ? "entity" : "entities"}`;
      say(text === "" ? "Type or paste a text." : `${found} in ${Math.ceil(performance.now() - begun)} ms`);
    } catch (error) {
      find("result").hidden = true;
      say(error.message, true);
    }
  };
  find("text").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => (running = running.then(tag)), PAUSE);
  });
  return tag();
}

export const ready = start().then(async (loaded) => {
  find("text").value ||= loaded.example;
  find("text").disabled = false;
  await listen(loaded);
  return loaded;
});
ready.catch((error) => say(error.message, true));

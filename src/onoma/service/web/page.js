"use strict";
// Whatever comes from the text or from the model is put on the page as textContent, never as markup.

const find = (id) => document.getElementById(id);

// The colours of onoma.reports.palette: the same label has the same colour everywhere.
const USUAL = {
  per: 0, person: 0, persname: 0, org: 1, organization: 1, organisation: 1, corporation: 1,
  loc: 2, location: 2, geo: 2, misc: 3, miscellaneous: 3, other: 3,
  gpe: 4, country: 4, norp: 4, nationality: 4, date: 5, time: 5, tim: 5,
};

function colorSlot(label) {
  const usual = label.toLowerCase();
  if (Object.hasOwn(USUAL, usual)) return USUAL[usual];
  let crc = ~0;
  for (const byte of new TextEncoder().encode(label)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0) % 9;
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const percent = (score) => (score === null ? "" : `${Math.floor(100 * score)} %`);

// Entities may lie in one another, but never cross; they come sorted by start, longer ones first.
function lay(place, points, entities) {
  const open = [{ node: place, end: points.length }];
  let position = 0;
  const write = (end) => {
    if (end > position) open.at(-1).node.append(points.slice(position, end).join(""));
    position = Math.max(position, end);
  };
  const closeUntil = (start) => {
    while (open.length > 1 && open.at(-1).end <= start) {
      const { node, end, entity } = open.at(-1);
      write(end);
      node.append(element("span", ` ${entity.label} ${percent(entity.score)}`.trimEnd(), "label"));
      open.pop();
    }
  };
  for (const entity of entities) {
    closeUntil(entity.start);
    write(entity.start);
    const node = element("mark", "", `l${colorSlot(entity.label)}`);
    open.at(-1).node.append(node);
    open.push({ node, end: entity.end, entity });
  }
  closeUntil(points.length);
  write(points.length);
}

function show(text, result) {
  const points = Array.from(text); // offsets count code points, strings count UTF-16 units
  find("marked").replaceChildren();
  lay(find("marked"), points, result.entities);
  find("topics").hidden = result.labels === null;
  find("labels").textContent = result.labels?.join(", ") || "none";
  find("entities").replaceChildren(...result.entities.map((entity) => {
    const row = document.createElement("tr");
    const name = element("td", "");
    name.append(element("bdi", entity.text));
    row.append(name, element("td", entity.label), element("td", percent(entity.score)),
      element("td", `${entity.start}–${entity.end}`));
    return row;
  }));
  find("result").hidden = false;
  say(`${result.entities.length} ${result.entities.length === 1 ? "entity" : "entities"}`);
}

function say(message, failed = false) {
  find("status").textContent = message;
  find("status").className = failed ? "failed" : "";
}

async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  if (find("token").value) headers.Authorization = `Bearer ${find("token").value}`;
  const options = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(path, options);
  if (answer.status === 401) find("access").hidden = false;
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.message);
  return content;
}

async function listModels() {
  const { models } = await ask("v1/models");
  find("model").replaceChildren(...models.map(({ name }) => new Option(name, name)));
}

// In the language that the model's name tells; English otherwise.
const EXAMPLES = {
  en: "Anna Lindqvist flew from Stockholm to Geneva on Monday to sign a contract with the World Health Organization.",
  ru: "В понедельник Анна Смирнова прилетела из Москвы в Женеву, чтобы подписать договор с Всемирной организацией здравоохранения.",
};

find("example").addEventListener("click", () => {
  const name = find("model").value.toLowerCase().split(/[^a-z]+/);
  find("text").value = EXAMPLES[name.includes("ru") ? "ru" : "en"];
  find("form").requestSubmit();
});

find("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = document.querySelector("button[type=submit]");
  const text = find("text").value.toWellFormed();
  button.disabled = true;
  say("…");
  try {
    if (!find("model").options.length) await listModels();
    const { results } = await ask("v1/tag", { text, model: find("model").value });
    show(text, results[0]);
  } catch (error) {
    find("result").hidden = true;
    say(error.message, true);
  }
  button.disabled = false;
});

listModels().catch((error) => say(error.message, true));

// Tag by JavaScript's fetch, in Node or a browser: texts as arguments, a line an entity on standard output.
//
//   node tag.mjs "John lives in New York." "Mary left."
//
// ONOMA_URL is the server, ONOMA_TOKEN its token, if it has one. Pages of another site need its --allowed-origin.

const url = process.env.ONOMA_URL ?? "http://127.0.0.1:8080";
const token = process.env.ONOMA_TOKEN;
const tries = 5;

/** Return a result a text: its `entities`, with offsets in code points, and `labels`. */
export async function tag(texts) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  for (let left = tries - 1; ; left--) {
    const answer = await fetch(`${url}/v1/tag`, { method: "POST", headers, body: JSON.stringify({ texts }) });
    if (answer.ok) return (await answer.json()).results;
    if (answer.status !== 429 || !left) {
      const { error, message } = await answer.json();
      throw new Error(`${answer.status} ${error}: ${message}`);
    }
    const seconds = Number(answer.headers.get("Retry-After") ?? 1); // it is busy, and says for how long
    await new Promise((done) => setTimeout(done, 1000 * seconds));
  }
}

const texts = process.argv.slice(2);
try {
  const results = await tag(texts);
  results.forEach(({ entities }, number) => {
    const characters = Array.from(texts[number]); // JavaScript's own offsets count UTF-16 units
    for (const { start, end, label } of entities) {
      console.log([start, end, label, characters.slice(start, end).join("")].join("\t"));
    }
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

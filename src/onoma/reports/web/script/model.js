import { points } from "./characters.js";
import { Decoder } from "./decoding.js";
import { Features } from "./features.js";
import { splitSentences } from "./sentences.js";
import { cutWords } from "./words.js";

// A bundle in a folder of a web server, and tagging with it.

const OVERLAP = 128;
const DEFAULT_WINDOW = 1024;
export const LONGEST_TEXT = 200_000; // characters; a page is no place for more

// A file's bytes. It lies there compressed, since few servers of files compress by themselves; one that does
// may have unpacked it already.
export async function fetchBytes(address) {
  const answer = await fetch(`${address}.gz`);
  if (!answer.ok) throw new Error(`${address}.gz: the server answers ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

const fetchJson = async (address) => JSON.parse(new TextDecoder().decode(await fetchBytes(address)));

const KINDS = { F32: Float32Array, F16: Uint16Array, I8: Int8Array, U8: Uint8Array, I64: BigInt64Array };

// The arrays of a safetensors file by name.
export function readTensors(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  delete header.__metadata__;
  return Object.fromEntries(Object.entries(header).map(([name, { dtype, shape, data_offsets: [start, end] }]) => {
    if (!KINDS[dtype]) throw new Error(`the array ${name} holds numbers of the kind ${dtype}, which is not read here`);
    const own = bytes.slice(8 + length + start, 8 + length + end); // copied, so that it begins where numbers may
    return [name, { values: new KINDS[dtype](own.buffer), shape }];
  }));
}

// Text to words and sentences, places in code points.
export function tokenize(text) {
  const chars = points(text);
  const { words, starts } = cutWords(chars);
  return { words, starts, sentences: splitSentences(chars, words, starts) };
}

// The windows in which a long sentence is read: first and end word, and those whose results are used.
export function splitWindows(length, limit) {
  const overlap = Math.min(OVERLAP, Math.floor(limit / 4));
  const windows = [];
  let [start, end] = [0, 0];
  while (end < length) {
    if (end > 0) start = Math.min(end, Math.max(end - overlap, end + 1 - limit, start + 1));
    const before = end;
    end = Math.min(Math.max(start + 1, start + limit), length);
    const seam = windows.length ? Math.ceil((start + before) / 2) : 0;
    if (windows.length) windows.at(-1).keepEnd = seam;
    windows.push({ start, end, keepStart: seam, keepEnd: length });
  }
  return windows;
}

export class Tagger {
  constructor({ config, vocabulary, decoder, features }, session, ort) {
    const { options, tags, scheme, confidence } = config;
    this.features = new Features(vocabulary, features);
    this.decoder = new Decoder({
      tags, scheme, constrained: options.constrained ?? true, temperature: confidence?.temperature ?? 1,
    }, options.head === "crf" ? decoder : {});
    this.window = options.max_length || DEFAULT_WINDOW;
    this.labels = [...new Set(this.decoder.labels.filter((label) => label !== null))].sort();
    this.session = session;
    this.ort = ort;
  }

  // The entities of a text: start and end in code points, label, text, and the probability of exactly this.
  async tag(text) {
    const chars = points(text);
    if (chars.length > LONGEST_TEXT) throw new RangeError(`the text has ${chars.length} characters; ${LONGEST_TEXT} are the most`);
    const { words, starts, sentences } = tokenize(text);
    const entities = [];
    for (const [first, end] of sentences) {
      const found = this.decoder.decode(await this.emissions(words.slice(first, end)));
      for (const { start: left, end: right, label, score } of found) {
        const start = starts[first + left];
        const stop = starts[first + right - 1] + points(words[first + right - 1]).length;
        entities.push({ start, end: stop, label, text: chars.slice(start, stop).join(""), score });
      }
    }
    return entities;
  }

  // Scores of a sentence's tags. [T * K]
  async emissions(words) {
    if (words.length <= this.window) return this.run(words);
    const scores = new Float32Array(words.length * this.decoder.count);
    for (const { start, end, keepStart, keepEnd } of splitWindows(words.length, this.window)) {
      const own = await this.run(words.slice(start, end));
      scores.set(own.subarray((keepStart - start) * this.decoder.count, (keepEnd - start) * this.decoder.count), keepStart * this.decoder.count);
    }
    return scores;
  }

  async run(words) {
    const inputs = this.features.batch(words);
    const feeds = Object.fromEntries(this.session.inputNames.map((name) => {
      if (!inputs[name]) throw new Error(`the model asks for '${name}', which is not known here`);
      const { type, values, shape } = inputs[name];
      return [name, new this.ort.Tensor(type, values, shape)];
    }));
    const { emissions } = await this.session.run(feeds, ["emissions"]);
    const scores = await emissions.getData();
    if (!scores.every(Number.isFinite)) throw new Error("the model's scores are not finite: its weights are damaged");
    return scores;
  }
}

// A model by the address of its folder; ort is the module of onnxruntime-web.
export async function load(folder, ort) {
  const { files } = await fetchJson(`${folder}/manifest.json`);
  const tensors = async (name) => (files[name] ? readTensors(await fetchBytes(`${folder}/${name}`)) : {});
  const [config, vocabulary, decoder, features, graph] = await Promise.all([
    fetchJson(`${folder}/config.json`), fetchJson(`${folder}/vocabulary.json`),
    tensors("decoder.safetensors"), tensors("features.safetensors"), fetchBytes(`${folder}/model.onnx`),
  ]);
  const session = await ort.InferenceSession.create(graph, { executionProviders: ["wasm"], intraOpNumThreads: 1 });
  return new Tagger({ config, vocabulary, decoder, features }, session, ort);
}

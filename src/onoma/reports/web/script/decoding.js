// Scores of tags to entities and their probabilities: onoma.decode, for softmax and CRF heads.

const PREFIXES = { // opening, closing ones
  IO: ["", ""], IOB1: ["B", ""], BIO: ["B", ""], BIOES: ["BS", "ES"], BILOU: ["BU", "LU"],
};

export class Decoder {
  // arrays: a CRF's scores; none for a softmax
  constructor({ tags, scheme, constrained, temperature }, arrays) {
    this.count = tags.length;
    this.labels = tags.map((tag) => (tag === "O" ? null : tag.slice(tag.indexOf("-") + 1)));
    this.prefixes = tags.map((tag) => (tag === "O" ? "" : tag.slice(0, tag.indexOf("-"))));
    this.scheme = scheme;
    this.temperature = temperature;
    const outside = tags.indexOf("O");
    const may = (before, tag) => !constrained || this.mayFollow(before, tag);
    const scores = (name, index) => arrays[`transitions.${name}`]?.values[index] ?? 0;
    const all = Array.from({ length: this.count }, (_, tag) => tag);
    this.start = Float64Array.from(all, (tag) => (may(outside, tag) ? scores("start", tag) : -Infinity));
    this.end = Float64Array.from(all, (tag) => (may(tag, outside) ? scores("end", tag) : -Infinity));
    this.moves = all.map((from) => Float64Array.from(all, (to) => (may(from, to) ? scores("matrix", from * this.count + to) : -Infinity)));
  }

  mayFollow(before, tag) {
    if (this.scheme === "IO") return true;
    const same = this.labels[tag] !== null && this.labels[before] === this.labels[tag];
    if (this.scheme === "IOB1") return this.prefixes[tag] !== "B" || same;
    const marksEnd = PREFIXES[this.scheme][1] !== "";
    const open = this.labels[before] !== null && (!marksEnd || this.prefixes[before] === "B" || this.prefixes[before] === "I");
    const continues = this.labels[tag] !== null && !PREFIXES[this.scheme][0].includes(this.prefixes[tag]);
    return continues ? open && same : !(open && marksEnd);
  }

  // Whether the second of two neighbouring tags goes on with the entity of the first.
  joins(before, tag) {
    const [opening, closing] = PREFIXES[this.scheme];
    return this.labels[tag] !== null && this.labels[before] === this.labels[tag]
      && !opening.includes(this.prefixes[tag]) && !closing.includes(this.prefixes[before]);
  }

  // The best path (Viterbi); of equal ones that with the lowest tags from its end. emissions: [T * K]
  path(emissions) {
    const { count, moves } = this;
    const length = emissions.length / count;
    const back = new Uint16Array(emissions.length);
    let best = this.start.map((score, tag) => score + emissions[tag]);
    for (let t = 1; t < length; t++) {
      const next = new Float64Array(count);
      for (let to = 0; to < count; to++) {
        let [from, highest] = [0, -Infinity];
        for (let tag = 0; tag < count; tag++) {
          const score = best[tag] + moves[tag][to];
          if (score > highest) [from, highest] = [tag, score];
        }
        back[t * count + to] = from;
        next[to] = highest + emissions[t * count + to];
      }
      best = next;
    }
    const totals = best.map((score, tag) => score + this.end[tag]);
    const path = [totals.reduce((found, score, tag) => (score > totals[found] ? tag : found), 0)];
    for (let t = length - 1; t > 0; t--) path.push(back[t * count + path.at(-1)]);
    return path.reverse();
  }

  // Entities of a sentence: first word, end word, label, probability.
  decode(emissions) {
    const path = this.path(emissions);
    const found = [];
    path.forEach((tag, place) => {
      if (this.labels[tag] === null) return;
      if (place > 0 && this.joins(path[place - 1], tag)) found.at(-1).end = place + 1;
      else found.push({ start: place, end: place + 1, label: this.labels[tag] });
    });
    if (!found.length) return found;
    const lattice = new Lattice(this, emissions);
    return found.map((entity) => ({ ...entity, score: lattice.probability(entity) }));
  }
}

// The probabilities of a sentence's tags, by forward and backward sums in logarithms.
class Lattice {
  constructor(decoder, emissions) {
    const { count, temperature } = decoder;
    this.decoder = decoder;
    this.length = emissions.length / count;
    this.emissions = Float64Array.from(emissions, (score) => score / temperature);
    this.moves = decoder.moves.map((row) => row.map((score) => score / temperature));
    const [start, end] = [decoder.start, decoder.end].map((row) => row.map((score) => score / temperature));
    const tags = Array.from({ length: count }, (_, tag) => tag);
    const forward = [start.map((score, tag) => score + this.emissions[tag])];
    for (let t = 1; t < this.length; t++) {
      const before = forward[t - 1];
      forward.push(Float64Array.from(tags, (to) => this.emissions[t * count + to] + logSum(tags, (tag) => before[tag] + this.moves[tag][to])));
    }
    const backward = [end];
    for (let t = this.length - 1; t > 0; t--) {
      const after = backward.at(-1).map((score, tag) => score + this.emissions[t * count + tag]);
      backward.push(Float64Array.from(tags, (tag) => logSum(tags, (to) => this.moves[tag][to] + after[to])));
    }
    this.forward = forward;
    this.backward = backward.reverse();
    this.total = logSum(tags, (tag) => forward[this.length - 1][tag] + end[tag]);
  }

  marginal(t, tag) {
    return Math.exp(this.forward[t][tag] + this.backward[t][tag] - this.total);
  }

  // Of a tag, and of another one behind it.
  pair(t, tag, next) {
    const behind = this.emissions[(t + 1) * this.decoder.count + next] + this.backward[t + 1][next];
    return Math.exp(this.forward[t][tag] + this.moves[tag][next] + behind - this.total);
  }

  // That the tags hold exactly this entity: a product along it (Culotta and McCallum 2004).
  probability({ start, end, label }) {
    const { decoder } = this;
    const own = decoder.labels.flatMap((one, tag) => (one === label ? [tag] : []));
    const sum = (values) => values.reduce((total, value) => total + value, 0);
    const linked = (t, tag, next) => (decoder.joins(tag, next) ? this.pair(t, tag, next) : 0);
    const moved = (t, tag, next) => {
      const here = this.marginal(t, tag);
      return here > 0 ? linked(t, tag, next) / here : 0;
    };
    let open = own.map((tag) => this.marginal(start, tag) - (start > 0 ? sum(own.map((before) => linked(start - 1, before, tag))) : 0));
    for (let t = start; t < end - 1; t++) open = own.map((next) => sum(own.map((tag, i) => open[i] * moved(t, tag, next))));
    if (end < this.length) open = open.map((value, i) => value * (1 - sum(own.map((next) => moved(end - 1, own[i], next)))));
    return Math.min(Math.max(sum(open), 0), 1);
  }
}

function logSum(tags, score) {
  let highest = -Infinity;
  for (const tag of tags) highest = Math.max(highest, score(tag));
  if (highest === -Infinity) return highest;
  let total = 0;
  for (const tag of tags) total += Math.exp(score(tag) - highest);
  return highest + Math.log(total);
}

import { CLASS, WORDS, first, isDecimal, isDigit, isLower, isSpace, isTerminal, isUpper, last, size, toLower } from "./characters.js";

// Words to sentences: onoma.tokenize.sentences. The conventions are explained there.

const QUOTES = new Set([..."\"'”’“‘", "''"]); // these may open or close
const CLOSERS = new Set(")]}»›」』）】》");
const DASHES = new Set([..."—–―‒−-", "--"]);
const CONTINUING = new Set([...",;:/%&=+、，；：", ...CLOSERS]);
const OPENING = new Set([..."([{«„‚‹「『（【《¿¡", "``", ...QUOTES, ...DASHES]);
const NEWLINES = new Set("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");
const ROMAN = /^[IVXLC]+$/u;
const SHORT_OPENING = 4;

const isPure = isTerminal;
const isGeorgian = (char) => char >= "\u10d0" && char <= "\u10ff"; // of one character
const isLowerCase = (word) => isLower(first(word)) && isLower(word) && !isGeorgian(first(word));

const GREEK_QUESTION = "\u037e";
const GREEK_WORD = new RegExp(`^[${CLASS.greek}]{2,}$`, "u");
const GREEK_FIRST = new RegExp(`^[${CLASS.greek}]`, "u");

// Semicolons between Greek words are Greek question marks.
function withGreekQuestions(words) {
  const asked = Array.from(words);
  for (let index = 1; index < asked.length - 1; index++) {
    if (asked[index] !== ";" || !GREEK_WORD.test(asked[index - 1])) continue;
    const after = OPENING.has(asked[index + 1]) ? index + 2 : index + 1;
    if (GREEK_FIRST.test(asked[after] ?? "")) asked[index] = GREEK_QUESTION;
  }
  return asked;
}

// Whether white space that holds a line's end holds an empty line, too.
function isBlank(gap) {
  if (gap.includes("\f") || gap.includes("\u2029")) return true;
  for (let i = 0; i < gap.length; i++) {
    if (gap[i] !== "\n" && gap[i] !== "\r") continue;
    let next = gap[i] === "\r" && gap[i + 1] === "\n" ? i + 2 : i + 1;
    while (next < gap.length && gap[next] !== "\n" && gap[next] !== "\r") next += 1;
    if (next < gap.length) return true;
  }
  return false;
}

// Each word that opens a line, and whether a blank line is before it.
function lineStarts(chars, starts) {
  const found = new Map();
  let index = 0;
  let place = 0;
  while (place < chars.length) {
    if (!NEWLINES.has(chars[place])) {
      place += 1;
      continue;
    }
    let end = place + 1;
    while (end < chars.length && isSpace(chars[end])) end += 1;
    while (index < starts.length && starts[index] < end) index += 1;
    if (index > 0 && index < starts.length) found.set(index, isBlank(chars.slice(place, end)));
    place = end;
  }
  return found;
}

// Full-width forms of ASCII: onoma.tokenize.widths.
const WIDE_STOP = "．";
const narrow = (text) => text.replace(/[\uff01-\uff5e]/gu, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0));
const isNarrowName = (text) => /^[0-9A-Za-z]+$/u.test(narrow(text));

class Splitter {
  constructor(chars, words, starts) {
    this.words = withGreekQuestions(words);
    this.starts = starts;
    this.blankBefore = lineStarts(chars, starts);
    this.first = 0;
    this.quotesBefore = [0];
    for (const word of words) this.quotesBefore.push(this.quotesBefore.at(-1) + (word === '"' ? 1 : 0));
  }

  ranges() {
    const ranges = [];
    const count = this.words.length;
    let reached = 0;
    for (let index = 0; index < count; index++) {
      const terminal = isTerminal(last(this.words[index]));
      if (index < reached || !(terminal || this.blankBefore.has(index + 1))) continue;
      const end = terminal ? this.endOfClosers(index + 1) : index + 1;
      if (end < count && this.breaks(index, end, terminal)) {
        ranges.push([this.first, end]);
        this.first = end;
      }
      reached = end;
    }
    if (this.first < count) ranges.push([this.first, count]);
    return ranges;
  }

  end(index) {
    return this.starts[index] + size(this.words[index]);
  }

  endOfClosers(index) {
    while (index < this.words.length && !this.blankBefore.has(index)) {
      const word = this.words[index];
      if (!(CLOSERS.has(word) || (QUOTES.has(word) && this.closes(index)) || isPure(word))) break;
      index += 1;
    }
    return index;
  }

  closes(index) {
    const word = this.words[index];
    const afterSpace = this.end(index - 1) < this.starts[index];
    const beforeSpace = index + 1 === this.words.length || this.end(index) < this.starts[index + 1];
    if (afterSpace !== beforeSpace) return beforeSpace;
    if (word === '"') return (this.quotesBefore[index] - this.quotesBefore[this.first]) % 2 === 1;
    return !afterSpace || word === "”" || word === "''";
  }

  breaks(index, end, terminal) {
    const words = this.words;
    if (!terminal && !this.blankBefore.has(end)) return false;
    const following = this.firstWord(end);
    const lower = following < words.length && isLowerCase(words[following]);
    const pure = terminal && isPure(words[index]);
    if (this.blankBefore.has(end)) {
      return this.blankBefore.get(end) || !lower || (pure && words[index] === "." && end === index + 1);
    }
    if (lower || following === words.length || CONTINUING.has(words[end])) return false;
    if (pure || words.slice(index + 1, end).some(isPure)) return this.pureEnds(index, end, following);
    return !DASHES.has(words[end]) && this.abbreviationEnds(index, following);
  }

  firstWord(index) {
    while (index < this.words.length && OPENING.has(this.words[index])) index += 1;
    return index;
  }

  pureEnds(index, end, following) {
    const { words, starts } = this;
    if (words[index - 1] === "(" && words[index + 1] === ")") return false; // (!), (?)
    if (![".", WIDE_STOP].includes(words[index]) || end !== index + 1 || index === this.first) return true;
    if (index - this.first === 1 && isDecimal(words[index - 1]) && size(words[index - 1]) <= 2) return false; // 2. Second
    if (words[index] === WIDE_STOP) return this.wideStopEnds(index, following);
    if (this.end(index) < starts[end]) return true;
    const glued = this.end(index - 1) === starts[index];
    return glued && (isLower(first(words[index - 1])) || WORDS.starters.has(toLower(words[end])));
  }

  wideStopEnds(index, following) {
    const { words, starts } = this;
    if (this.end(index - 1) < starts[index]) return true;
    const around = last(words[index - 1]) + first(words[index + 1]);
    if (this.end(index) === starts[index + 1] && isNarrowName(around)) return false;
    const after = narrow(words[following]);
    const starter = isUpper(first(after)) && WORDS.starters.has(toLower(after));
    return starter || !WORDS.abbreviations.has(narrow(words[index - 1]));
  }

  abbreviationEnds(index, following) {
    let stem = this.words[index];
    while (stem && isTerminal(last(stem))) stem = stem.slice(0, -1);
    const nextWord = this.words[following];
    if (isDigit(stem) || !isUpper(first(nextWord))) return false;
    const previous = index > this.first ? this.words[index - 1] : "";
    const starter = WORDS.starters.has(toLower(nextWord)) && this.words[following + 1] !== ".";
    let trailing = WORDS.trailing.has(stem) || (WORDS.afterAnd.has(stem) && previous === "и");
    if (WORDS.letters.has(stem) || stem === "см") {
      const numbered = isDigit(last(previous)) || ROMAN.test(previous);
      trailing = numbered || ("дпэ".includes(stem) && (previous === "т." || previous === "н."));
      if (!trailing) return false;
    }
    if (trailing) return starter || index - this.first >= SHORT_OPENING;
    if (WORDS.leading.has(stem) || (size(stem) === 1 && isUpper(stem))) return false;
    return starter;
  }
}

// Half-open ranges of words that cover all of them.
export function splitSentences(chars, words, starts) {
  return new Splitter(chars, words, starts).ranges();
}

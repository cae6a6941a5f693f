import { CLASS, WORDS, anyCase, first, isAlpha, isDecimal, isDigit, isLower, isName, isSpace, isUpper, isWord, last, points, size, toLower } from "./characters.js";

// Text to words: onoma.tokenize.words, version 1. The conventions are explained there.

const IN_DOUBT = ""; // stands after a word whose full stop may as well be a token of its own
const CACHE_SIZE = 1 << 16;
const CACHED_LENGTH = 48;
const CLITIC_HOST_LENGTH = 40;

const CLITIC = new RegExp(`(?:${anyCase("n")}['’]${anyCase("t")}|['’](?:${["s", "re", "ve", "ll", "d", "m"].map(anyCase).join("|")}))$`, "u");
const DOTTED_LETTERS = new RegExp(String.raw`^(?:[${CLASS.name}]\.)+-?[${CLASS.name}]$`, "u");
const EMOTICON = /^(?:[:;=8][-'^]?[()[\]DPpOo/\\|*]+|<3+|\^_+\^|-_+-|[xX]D+)$/u;
const ORDINAL = new RegExp(`^[${CLASS.decimal}]{1,2}$`, "u");
const ROMAN_OR_DIGIT = new RegExp(`^(?:[${CLASS.decimal}]|[IVXLC]+$)`, "u");

// The pattern of all pieces of a chunk. Nothing follows the repeats that are possessive in Python and could
// match what they took, so that greedy ones are the same.
function makeScanner(web) {
  const { word, decimal, name, space, letter, mark, stackers, unspaced, pictograph, modifier } = CLASS;
  const urlBody = String.raw`[^${space}()<>«»"“”]*(?:\([^${space}()<>]*\)[^${space}()<>«»"“”]*)*`;
  const domain = String.raw`[${word}][${word}\-]{0,62}(?:\.[${word}\-]{1,63}){0,5}\.(?:com|org|net|ru|io|ly|co|gov|edu|info|uk|de|рф)`;
  const connector = String.raw`(?:[\-\u2010\u2011\u00b7]|_+|\.-?|(?<=[${name}])['’\uff07](?=[${name}])|(?<=[${decimal}])[,:/．](?=[${decimal}])|(?<=[０-９])[，：／](?=[０-９])|(?<=[${name}])&(?=[${name}]))`;
  const protocol = `(?:${anyCase("http")}${anyCase("s")}?|${anyCase("ftp")}${anyCase("s")}?)`;
  const url = String.raw`(?:${protocol}://|${anyCase("www")}\.(?=[${word}])|${domain}/)${urlBody}`;
  const email = String.raw`[${word}.+\-]{1,64}@[${word}\-]{1,63}(?:\.[${word}\-]{1,63}){1,8}`;
  const clitics = ["s", "re", "ve", "ll", "d", "m", "em", "tis", "twas", "til", "cause"].map(anyCase).join("|");
  const parts = [
    `[${pictograph}][${modifier}]*(?:\\u200d[${pictograph}][${modifier}]*)*`,
    `[\\u{1f1e6}-\\u{1f1ff}]{2}|[0-9#*]\\ufe0f?\\u20e3`,
    ...(web ? [`(?<url>${url})`, email] : []),
    `&(?:amp|lt|gt|quot|apos|nbsp|#[${decimal}]{1,6});`,
    `(?<![${word}@])@[${word}]+`,
    `(?<![${word}#])#(?=[${decimal}]{0,32}(?:[${name}]|_))[${word}]+`,
    `['’](?:${clitics})(?![${letter}]|['’])|['’][${decimal}][${decimal}]s?(?![${letter}]|['’])`,
    String.raw`(?:US|AU|CA|NZ|HK|NT|A|C|S|R)\$(?![${name}_])`,
    String.raw`(?<word>(?:(?<![^(\["'«“/$])[+\-−]?(?:\.(?=[${decimal}]))?(?=[${decimal}]))?[${letter}]+(?:${connector}[${letter}]+)*(?:\.(?!\.))?)`,
    `[${unspaced}](?:[${mark}]|(?<=[${stackers}])[${unspaced}])*`,
    String.raw`\.{2,}|…+|[!?]+(?:\.{2,})?|--+|==+|\*\*+|~~+|##+|__+|//+|''|${"``"}`,
    `.[${mark}]*`,
  ];
  return new RegExp(parts.join("|"), "suy");
}

const scanners = new Map();
function scannerOf(web) {
  if (!scanners.has(web)) scanners.set(web, makeScanner(web));
  return scanners.get(web);
}

function splitChunk(chunk) {
  if (EMOTICON.test(chunk)) return [chunk];
  const scanner = scannerOf(chunk.includes("@") || chunk.includes("/") || chunk.includes("www."));
  const words = [];
  let position = 0;
  for (;;) {
    scanner.lastIndex = position;
    const match = scanner.exec(chunk);
    if (match === null) return words;
    position += match[0].length;
    if (match.groups.word !== undefined) {
      words.push(...splitWord(match[0], first(chunk.slice(position, position + 2))));
    } else if (match.groups.url !== undefined) {
      const url = match[0].replace(/[.,;:!?'’…*]+$/u, "");
      words.push(url);
      position = match.index + url.length;
    } else {
      words.push(match[0]);
    }
  }
}

function splitWord(word, following) {
  const stop = word.endsWith(".");
  const stem = stop ? word.slice(0, -1) : word;
  const heads = stem.includes(".") ? splitInnerStops(stem) : [stem];
  const tail = heads.pop();
  const words = heads.flatMap(splitClitics);
  if (!stop) return [...words, ...splitClitics(tail)];
  let kind = stopKind(tail);
  if (kind === "doubtful" && following) kind = isCapital(tail) && ",;:)-/".includes(following) ? "keep" : "split";
  if (kind === "split") return [...words, ...splitClitics(tail), "."];
  words.push(`${tail}.`);
  if (kind === "doubtful") words.push(IN_DOUBT);
  return words;
}

function stopKind(stem) {
  if (WORDS.abbreviations.has(stem) || DOTTED_LETTERS.test(stem)) return "keep";
  const end = stem.slice(stem.lastIndexOf("-") + 1);
  if (stem.includes("-") && ((size(end) > 1 && WORDS.abbreviations.has(end)) || DOTTED_LETTERS.test(end))) return "keep";
  const doubtful = isCapital(stem) || WORDS.beforeNumber.has(stem) || WORDS.beforeName.has(stem)
    || WORDS.afterNumber.has(stem) || ORDINAL.test(stem);
  return doubtful ? "doubtful" : "split";
}

const isGap = (char) => char !== "\n" && isSpace(char); // white space of one line

// The word after a place, behind spaces and opening quotes, and whether a full stop follows it.
function nextWord(chars, place) {
  while (isGap(chars[place])) place += 1;
  while (chars[place] !== undefined && "\"'«“„([".includes(chars[place])) place += 1;
  let end = place;
  while (isWord(chars[end])) end += 1;
  return end === place ? null : { word: chars.slice(place, end).join(""), stop: chars[end] === "." };
}

// Skip spaces backwards, down to a lowest place.
function beforeGap(chars, place, lowest) {
  while (place > lowest && isGap(chars[place - 1])) place -= 1;
  return place;
}

function followsInitial(chars, start) {
  const lowest = Math.max(0, start - 4);
  const place = beforeGap(chars, start, lowest);
  return place - 2 >= lowest && chars[place - 1] === "." && isName(chars[place - 2]) && !isWord(chars[place - 3]);
}

function followsNumber(chars, start) {
  const lowest = Math.max(0, start - 3);
  const place = beforeGap(chars, start, lowest);
  return place > lowest && isDecimal(chars[place - 1]);
}

// Whether the full stop at the end of a chunk's last word belongs to the word.
function keepsStop(chars, start, end) {
  const stem = chars.slice(start, end - 1).join("");
  const following = nextWord(chars, end);
  const starts = following !== null && WORDS.starters.has(toLower(following.word));
  if (isCapital(stem)) {
    if (followsInitial(chars, start)) return true;
    if (following === null) {
      const sign = chars.slice(end, end + 2).find((char) => !isSpace(char));
      return sign !== undefined && "&–—-,(".includes(sign);
    }
    return following.stop || !(starts && isUpper(first(following.word)));
  }
  if (WORDS.afterNumber.has(stem)) return followsNumber(chars, start);
  if (following === null) return false;
  if (WORDS.beforeName.has(stem)) return isUpper(first(following.word)) && !starts;
  if (WORDS.beforeNumber.has(stem)) return ROMAN_OR_DIGIT.test(following.word);
  return start === 0 || chars[start - 1] === "\n"; // an ordinal that opens its line
}

function splitInnerStops(stem) {
  const sides = stem.split(".");
  const parts = [sides[0]];
  let wholeFrom = 0; // the side at which the current part starts
  let letters = size(sides[0]) === 1;
  for (let index = 1; index < sides.length; index++) {
    const right = sides[index];
    const current = index - wholeFrom <= 3 ? sides.slice(wholeFrom, index).join(".") : "";
    const join = innerStop(sides[index - 1], right, current, letters);
    if (join === "join") {
      letters &&= size(right) === 1;
      continue;
    }
    parts[parts.length - 1] = sides.slice(wholeFrom, index).join(".") + (join === "after" ? "." : "");
    parts.push(...(join === "after" ? [] : ["."]), right);
    wholeFrom = index;
    letters = size(right) === 1;
  }
  parts[parts.length - 1] = sides.slice(wholeFrom).join(".");
  return parts;
}

function innerStop(left, right, current, letters) {
  const head = first(right);
  const second = points(right.slice(0, 4))[1] ?? "";
  const capitalised = isUpper(head) && (isLower(second) || isCyrillic(head));
  if (letters && isAlpha(left)) {
    if (size(right) === 1 && isAlpha(right)) return isCapital(left) && isCyrillic(left) && capitalised ? "after" : "join";
    if (capitalised && !WORDS.domains.has(toLower(right))) return "after";
    if (isLower(left) && isCyrillic(left) && (isDigit(head) || isCyrillic(head))) return "after";
    return WORDS.beforeNumber.has(current) && isDigit(head) ? "after" : "join";
  }
  if (WORDS.abbreviations.has(current) && (capitalised || isDigit(head) || isCyrillic(head))) return "after";
  if (WORDS.beforeNumber.has(current) && isDigit(head)) return "after";
  if (WORDS.beforeName.has(current) && capitalised) return "after";
  const endsWord = isDigit(last(left)) || (size(left) > 1 && isLower(last(left)));
  return capitalised && endsWord && !WORDS.domains.has(toLower(right)) ? "alone" : "join";
}

function splitClitics(word) {
  if (!/['’]/u.test(word) || size(word) > CLITIC_HOST_LENGTH) return [word];
  const clitics = [];
  for (;;) {
    const match = CLITIC.exec(word);
    if (match === null || match.index === 0) return [word, ...clitics];
    clitics.unshift(match[0]);
    word = word.slice(0, match.index);
  }
}

const isCapital = (word) => size(word) === 1 && isUpper(word);
const isCyrillic = (char) => char >= "\u0400" && char <= "\u052f"; // of one character

const chunks = new Map();
function cutChunk(chunk) {
  let words = chunks.get(chunk);
  if (words === undefined) {
    words = splitChunk(chunk);
    if (chunks.size >= CACHE_SIZE) chunks.clear();
    if (chunk.length <= CACHED_LENGTH) chunks.set(chunk, words);
  }
  return words;
}

// Words, and where they start in the text, given as its characters.
export function cutWords(chars) {
  const words = [];
  const starts = [];
  let place = 0;
  while (place < chars.length) {
    if (isSpace(chars[place])) {
      place += 1;
      continue;
    }
    let end = place;
    while (end < chars.length && !isSpace(chars[end])) end += 1;
    for (const word of cutChunk(chars.slice(place, end).join(""))) {
      if (word !== IN_DOUBT) {
        words.push(word);
        starts.push(place);
        place += size(word);
      } else if (!keepsStop(chars, starts.at(-1), place)) {
        words.push(words.pop().slice(0, -1), ".");
        starts.push(place - 1);
      }
    }
  }
  return { words, starts };
}

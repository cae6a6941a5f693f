import { TABLES } from "./tables.js";

// Characters as Python knows them. Classes and cases come from the Python that wrote this file: its own and the browser's
// may be of different versions of Unicode, and `\s`, `\w` and `\d` mean other things in JavaScript.

function classOf(coded) {
  let code = 0;
  const ranges = [];
  const numbers = coded.split(" ").map((number) => parseInt(number, 36)); // gap, length, gap, length, ...
  for (let i = 0; i < numbers.length; i += 2) {
    const first = code + numbers[i];
    code = first + numbers[i + 1];
    ranges.push(`\\u{${first.toString(16)}}-\\u{${(code - 1).toString(16)}}`);
  }
  return ranges.join("");
}

// What stands within the brackets of a regular expression, by the name of the class.
export const CLASS = Object.fromEntries(Object.entries(TABLES.classes).map(([name, coded]) => [name, classOf(coded)]));

export const WORDS = Object.fromEntries(Object.entries(TABLES.words).map(([name, list]) => [name, new Set(list.split(" "))]));

// A pattern that matches some letters in any case, as Python's IGNORECASE does ("s" is also "ſ").
export const anyCase = (letters) => Array.from(letters, (letter) => `[${TABLES.anyCase[letter]}]`).join("");

function tester(name) {
  const pattern = new RegExp(`^[${CLASS[name]}]+$`, "u");
  const known = new Map(); // of single characters
  return (text) => {
    if (text === undefined || text.length !== 1) return text !== undefined && pattern.test(text);
    let found = known.get(text);
    if (found === undefined) known.set(text, (found = pattern.test(text)));
    return found;
  };
}

// Whether a text has one character at least and all are such: str.isspace, str.isalpha and so on.
export const isSpace = tester("space");
export const isWord = tester("word");
export const isAlpha = tester("letters");
export const isDecimal = tester("decimal");
export const isDigit = tester("digits");
export const isName = tester("name"); // of re's [^\W\d_]
export const isTerminal = tester("terminal"); // of onoma.tokenize.sentences
const isOfWord = tester("cased");
const isUncounted = tester("uncounted");
const upper = tester("upper");
const lower = tester("lower");
const title = tester("title");

export const isAlnum = (text) => text !== "_" && isWord(text); // of one character

function isCased(text, wanted, unwanted) {
  let found = false;
  for (const char of text) {
    if (unwanted(char) || title(char)) return false;
    found ||= wanted(char);
  }
  return found;
}
export const isUpper = (text) => text !== undefined && isCased(text, upper, lower);
export const isLower = (text) => text !== undefined && isCased(text, lower, upper);

function caseOf({ moves, longer }) {
  let code = 0;
  const found = new Map(Object.entries(longer));
  const numbers = moves.split(" ").map((number) => parseInt(number, 36)); // gap, move, gap, move, ...
  for (let i = 0; i < numbers.length; i += 2) {
    code += numbers[i];
    found.set(String.fromCodePoint(code), String.fromCodePoint(code + numbers[i + 1]));
  }
  return found;
}
const LOWER = caseOf(TABLES.lower);
const UPPER = caseOf(TABLES.upper);

// A sigma behind a letter, with none behind it.
function isFinal(chars, place) {
  const counts = (char) => !isUncounted(char);
  return isOfWord(chars.slice(0, place).findLast(counts)) && !isOfWord(chars.slice(place + 1).find(counts));
}

// str.lower and str.upper
export const toLower = (text) => points(text).map((char, place, chars) => (
  char === "Σ" && isFinal(chars, place) ? "ς" : LOWER.get(char) ?? char)).join("");
export const toUpper = (text) => points(text).map((char) => UPPER.get(char) ?? char).join("");

// Lengths and places are in code points, as in Python; strings of JavaScript count UTF-16 units.
export const points = (text) => Array.from(text);
export const first = (text) => (text === "" ? "" : String.fromCodePoint(text.codePointAt(0)));
export const last = (text) => points(text.slice(-2)).at(-1) ?? "";

export function size(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

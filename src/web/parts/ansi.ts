/** ANSI colour sequences as classes. Unknown sequences vanish; nothing of the text is ever markup. */

export interface AnsiSpan {
  readonly text: string;
  /** Classes, or "" for plain text. */
  readonly className: string;
}

const colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
// Control sequences (CSI), operating system commands (OSC) such as links and titles, and lone escapes.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for.
const sequence = /\u001b(?:\[([0-9;:?]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)?/gs;

export function parseAnsi(text: string): readonly AnsiSpan[] {
  if (!text.includes("\u001b")) return text === "" ? [] : [{ text, className: "" }];
  const spans: AnsiSpan[] = [];
  const style = { colour: "", attributes: new Set<string>() };
  let end = 0;
  const push = (part: string) => {
    if (part !== "")
      spans.push({ text: part, className: [style.colour, ...style.attributes].filter(Boolean).join(" ") });
  };
  for (const match of text.matchAll(sequence)) {
    push(text.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[2] === "m") applyCodes(match[1] ?? "", style);
  }
  push(text.slice(end));
  return spans;
}

function applyCodes(codes: string, style: { colour: string; attributes: Set<string> }): void {
  const numbers = codes.split(/[;:]/).map(Number);
  for (let place = 0; place < numbers.length; place += 1) {
    const code = numbers[place] ?? 0;
    if (code === 0) {
      style.colour = "";
      style.attributes.clear();
    } else if (code === 38 || code === 48) {
      // Colours of 256 or 16 million have no class; their parameters must not be read as codes.
      place += numbers[place + 1] === 5 ? 2 : 4;
    } else if (code >= 30 && code <= 37) style.colour = `ansi-${colours[code - 30]}`;
    else if (code >= 90 && code <= 97) style.colour = `ansi-${colours[code - 90]}`;
    else if (code === 39) style.colour = "";
    else if (code === 22) {
      style.attributes.delete("ansi-bold");
      style.attributes.delete("ansi-dim");
    } else {
      const on = { 1: "ansi-bold", 2: "ansi-dim", 3: "ansi-italic", 4: "ansi-underline" }[code];
      const off = { 23: "ansi-italic", 24: "ansi-underline" }[code];
      if (on) style.attributes.add(on);
      if (off) style.attributes.delete(off);
    }
  }
}

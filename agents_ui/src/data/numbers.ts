// Phone numbers within what people write.

export type Piece = { readonly text: string; /** What to dial; null: no number. */ readonly number: string | null };

// Between groups: one space, hyphen or dot of any kind, with brackets around an area code.
const GAP = "[ \\u00a0\\u202f]?[(]?[)]?[ \\u00a0\\u202f.\\-\\u2010\\u2011\\u2012\\u2013]?[(]?";
const digits = (least: number, most: number): string => `\\d(?:${GAP}\\d){${String(least - 1)},${String(most - 1)}}`;
const LEADS = "(?<![\\p{L}\\d+_/№#@-]|\\d[.,:])";
const ENDS = "(?![\\p{L}\\d_@]|[.,:/-]\\d)";
// With a plus it is a whole number, wherever it is from; after 1 and 7 it has ten digits more.
const WHOLE = `\\+[(]?(?:[17]${GAP}${digits(10, 10)}|(?![17])${digits(8, 15)})`;
// An area code in brackets, with or without what is dialled before it.
const BRACKETED = `(?:[78][ \\u00a0\\u202f-]?)?[(]\\d{3,5}[)](?:[ \\u00a0\\u202f-]?\\d){5,8}`;
// The trunk's 8, or 7 without its plus, and ten digits.
const NATIONAL = `[78]${GAP}${digits(10, 10)}`;
// Ten digits in the usual groups; together they may as well be a tax number.
const GROUPED = `\\d{3}[ \\u00a0\\u202f-]\\d{3}[ \\u00a0\\u202f-]\\d{2}[ \\u00a0\\u202f-]?\\d{2}`;

const anywhere = new RegExp(`${LEADS}(?:${WHOLE}|${BRACKETED})${ENDS}`, "gu");
const russian = new RegExp(`${LEADS}(?:${WHOLE}|${BRACKETED}|${NATIONAL}|${GROUPED})${ENDS}`, "gu");
/** Where an 8, or a 7, comes before ten digits. */
const TRUNK_8 = new Set(["RU", "KZ"]);
const TYPED = /^\+?[\d\s().\-\u2010-\u2013]+$/;

/** What is to be dialled of a number as it is written: its digits, and the plus. The server knows the region's rules. */
const bare = (text: string): string => (text.trim().startsWith("+") ? "+" : "") + text.replaceAll(/\D/g, "");

/**
 * A text in its pieces, which joined are the text: those with a `number` are phone numbers. `region` ("RU") is where
 * numbers without a country are from. What may as well be a date, a sum, or the number of an order is none.
 */
export function numbersIn(text: string, region: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(TRUNK_8.has(region) ? russian : anywhere)) {
    if (found.index > from) pieces.push({ text: text.slice(from, found.index), number: null });
    pieces.push({ text: found[0], number: bare(found[0]) });
    from = found.index + found[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), number: null });
  return pieces;
}

/** The number that a whole field of text is; null for a name, or where it is too short or too long for one. */
export function typedNumber(text: string): string | null {
  const number = TYPED.test(text.trim()) ? bare(text) : "";
  const count = number.replace("+", "").length;
  return count >= 7 && count <= 15 ? number : null;
}

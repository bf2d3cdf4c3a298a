// What the operator's first screen costs: index.html, its entry, and everything the entry imports statically, plus
// the styles and the larger of the two languages. Prints JSON, in bytes and gzipped kilobytes.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const folder = process.argv[2] ?? fileURLToPath(new URL("../../callcenter/web/static", import.meta.url));
const read = (name) => readFileSync(`${folder}/${name}`);
const html = read("index.html").toString();
const seen = new Set(["index.html", "boot.js"]);
const queue = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]);
while (queue.length > 0) {
  const name = queue.pop();
  if (seen.has(name)) continue;
  seen.add(name);
  if (!name.endsWith(".js")) continue;
  for (const match of read(name).toString().matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) queue.push(`assets/${match[1]}`);
}
const sizeOf = (name) => read(`assets/${name}`).length;
for (const words of [/^(ru|en)-/, /^people\.(ru|en)-/]) {
  const [larger] = readdirSync(`${folder}/assets`).filter((name) => words.test(name)).sort((a, b) => sizeOf(b) - sizeOf(a));
  if (larger !== undefined) seen.add(`assets/${larger}`);
}
const files = [...seen].map((name) => ({ name, bytes: read(name).length, gzip: gzipSync(read(name)).length }));
const gzip = files.reduce((sum, file) => sum + file.gzip, 0);
console.log(JSON.stringify({ first_screen_gzip_kb: Math.round(gzip / 102.4) / 10, files }));

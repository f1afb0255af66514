// The first load of the console, compressed as the server sends it: the page, its style and the scripts it names.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 350_000;
const bundle = new URL("../../generated/console/", import.meta.url);
const page = readFileSync(new URL("index.html", bundle));
const named = [...page.toString().matchAll(/(?:src|href)="\/console\/([^"]+)"/g)].map((match) => match[1]);
const files = [page, ...named.map((name) => readFileSync(new URL(name, bundle)))];
const bytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 6 }).length, 0);
process.stdout.write(`First load of the console: ${bytes} bytes compressed, of ${LIMIT_BYTES}.\n`);
process.exit(bytes > LIMIT_BYTES ? 1 : 0);

// `npm run picture`: draws architecture.svg from architecture.dot, with Graphviz (https://graphviz.org) from npm.
// With --check it only says, by its exit code, whether the picture is the one that the text gives.
import { readFileSync, writeFileSync } from 'node:fs';
import { Graphviz } from '@hpcc-js/wasm-graphviz';

const [text, picture] = ['architecture.dot', 'architecture.svg'].map((name) => new URL(name, import.meta.url));
const graphviz = await Graphviz.load();
const drawn = graphviz.dot(readFileSync(text, 'utf8'), 'svg');

if (!process.argv.includes('--check')) writeFileSync(picture, drawn);
else if (readFileSync(picture, 'utf8') !== drawn) {
  console.error('docs/aws/architecture.svg is not what architecture.dot says: run `npm run picture`');
  process.exitCode = 1;
}

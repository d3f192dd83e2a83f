/**
 * The layer rule: folders are layers, and imports (TypeScript) and includes (C++) point one way only.
 * Prints every import that points up, every pair of folders that import each other, and every circle of files.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isMain, main, root } from './command.mjs';

/** From the bottom up; a folder may import its own line and the lines below it. Folders of one line do not import each other in a circle. */
const typescript = [
  ['errors.ts'],
  ['system-errors.ts'],
  ['atomic-file.ts'],
  ['config'],
  ['native'],
  ['data', 'model'],
  ['train', 'eval', 'export', 'serve'],
  ['bench'],
  ['index.ts'],
  ['studio', 'cli'],
];

/** What a folder of csrc may include besides itself. */
const cpp = {
  core: [],
  ops: ['core'],
  'backend/cpu': ['core', 'ops'],
  'backend/cuda': ['core', 'ops', 'backend/library'],
  'backend/simt': ['core'],
  'backend/library': ['core', 'ops'],
  model: ['core', 'ops'],
  napi: ['core', 'ops', 'model', 'backend/cpu', 'backend/library'],
  selftest: ['core', 'ops', 'model', 'backend/cpu', 'backend/library'],
};

/** Every breach in the tree, as lines. */
export function layerBreaches() {
  const ts = importsOf('src', '**/*.ts', /(?:from|import\()\s*'(\.[^']+)'/g, (file, target) =>
    path.posix.join(path.posix.dirname(file), target),
  );
  const includes = importsOf('csrc', '**/*.{h,cpp,cu,cuh}', /^\s*#\s*include\s+"([^"]+)"/gm, (file, target) => {
    const beside = path.posix.join(path.posix.dirname(file), target);
    return existsSync(path.join(root, 'csrc', beside)) ? beside : target;
  });
  return [...upwardImports(ts), ...mutualFolders(ts), ...circles(ts, 'src'), ...foreignIncludes(includes), ...circles(includes, 'csrc')];
}

/** file -> the files it imports; both relative to `folder`. */
function importsOf(folder, pattern, expression, resolve) {
  const files = globSync(pattern, { cwd: path.join(root, folder) })
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(path.join(root, folder, file), 'utf8').matchAll(expression)].map((match) => resolve(file, match[1])),
    ]),
  );
}

const top = (file) => file.split('/')[0];

function upwardImports(graph) {
  const rank = (name) => typescript.findIndex((line) => line.includes(name));
  const breaches = [];
  for (const [file, targets] of graph) {
    if (rank(top(file)) < 0) breaches.push(`src/${file}: its folder is in no layer; add it to scripts/check-layers.mjs`);
    for (const target of targets) {
      if (rank(top(target)) > rank(top(file))) breaches.push(`src/${file} imports src/${target}, which lies above it`);
    }
  }
  return breaches;
}

function mutualFolders(graph) {
  const edges = new Map();
  for (const [file, targets] of graph) {
    for (const target of targets)
      if (top(target) !== top(file)) edges.set(`${top(file)} ${top(target)}`, `src/${file} imports src/${target}`);
  }
  return [...edges]
    .filter(([edge]) => edges.has(edge.split(' ').reverse().join(' ')))
    .map(([, text]) => `${text}, whose folder imports this one`);
}

function foreignIncludes(graph) {
  const folderOf = (file) => Object.keys(cpp).find((folder) => file.startsWith(`${folder}/`));
  const breaches = [];
  for (const [file, targets] of graph) {
    const folder = folderOf(file);
    if (folder === undefined) breaches.push(`csrc/${file}: its folder is in no layer; add it to scripts/check-layers.mjs`);
    for (const target of targets) {
      const other = folderOf(target);
      if (folder !== undefined && other !== undefined && other !== folder && !cpp[folder].includes(other)) {
        breaches.push(`csrc/${file} includes "${target}"; ${folder} may include ${[...cpp[folder], folder].join(', ')}`);
      }
    }
  }
  return breaches;
}

/** Circles of files, each once, as "a -> b -> a". */
function circles(graph, folder) {
  const found = [];
  const done = new Set();
  const walk = (file, trail) => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push([...trail.slice(start), file].map((name) => `${folder}/${name}`).join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found.map((circle) => `circle: ${circle}`);
}

function report() {
  const breaches = layerBreaches();
  for (const breach of breaches) console.log(breach);
  return breaches.length === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) await main(report);

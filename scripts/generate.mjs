/**
 * Writes the files that are derived from the source: schema/fettle.schema.json, docs/errors.md and docs/findings.md.
 * --check changes nothing and fails when one of them is not current.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { findingKinds } from '../src/data/findings.ts';
import { errorCodes } from '../src/errors.ts';
import { main, root } from './command.mjs';

const generated = {
  'schema/fettle.schema.json': () => `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  'docs/errors.md': errorsPage,
  'docs/findings.md': findingsPage,
};

function errorsPage() {
  const rows = Object.entries(errorCodes).map(([code, { exit, what }]) => `| \`${code}\` | ${exit} | ${what} |`);
  return `# Errors

Generated from \`src/errors.ts\` by \`npm run generate\`.

Every error that fettle throws on purpose is a \`FettleError\` with one of these codes. Its message says what was expected and what was
found; \`problems\` lists every place (\`file\`, \`line\`, \`field\`, \`message\`, \`hint\`), \`hint\` says what to do. The CLI exits with
the code in the second column: 1 failed, 2 usage, config or data, 3 environment, 130 interrupted.

| code | exit | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

function findingsPage() {
  const rows = Object.entries(findingKinds).map(
    ([code, { severity, what, why, hint }]) => `| \`${code}\` | ${severity} | ${what} | ${why} | ${hint} |`,
  );
  return `# Findings

Generated from \`src/data/findings.ts\` by \`npm run generate\`.

\`fettle check\` prints one finding a line: \`code\`, \`severity\`, \`file\`, \`line\` (from 1; null for the whole file), \`field\`, \`message\`,
\`hint\`, and where it applies \`of_line\` (the other row that is meant), \`value\` and \`why\`. Codes are stable. Errors make the exit code 2.

| code | severity | what | why it matters | the mend |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function generate() {
  const check = process.argv.includes('--check');
  let stale = 0;
  for (const [file, make] of Object.entries(generated)) {
    const target = path.join(root, file);
    const text = make();
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    if (check) {
      console.log(`${file} is not current: run npm run generate`);
      stale++;
      continue;
    }
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    console.log(`wrote ${file}`);
  }
  return stale === 0 ? 0 : 1;
}

await main(generate);

/** `bin/fettle.js` in a package of its own, whose compiled CLI only says what it was given. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { useFolder } from './folder.ts';

const bin = fileURLToPath(new URL('../../bin/fettle.js', import.meta.url));
const folder = useFolder();

interface Parts {
  /** Source of the compiled CLI; left out: not built. */
  cli?: string;
  /** Script of the Node that npm ci brought; left out: none. */
  node?: string;
}

function makePackage({ cli, node }: Parts): string {
  const place = (name: string) => {
    const file = path.join(folder.path, 'package', name);
    mkdirSync(path.dirname(file), { recursive: true });
    return file;
  };
  writeFileSync(place('package.json'), '{"type":"module"}');
  if (cli !== undefined) writeFileSync(place('dist/cli/main.js'), cli);
  if (node !== undefined) {
    writeFileSync(place('node_modules/.bin/node'), `#!/bin/sh\n${node}\n`);
    chmodSync(place('node_modules/.bin/node'), 0o755);
  }
  copyFileSync(bin, place('bin/fettle.js'));
  return place('bin/fettle.js');
}

const says = "console.log(process.cwd(), process.argv.slice(2).join(' ')); process.exitCode = 7;";

/** Makes the Node that runs say that it is 20. */
function asNode20(): string[] {
  const preload = folder.write(
    'node20.cjs',
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } });",
  );
  return ['--require', preload];
}

const run = (args: readonly string[], cwd = folder.path) => spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });

test('runs the compiled CLI from any working directory, with its arguments and exit code', () => {
  const file = makePackage({ cli: says });
  const elsewhere = path.join(folder.path, 'else', 'where');
  mkdirSync(elsewhere, { recursive: true });
  const { status, stdout } = run([file, 'train', '--resume'], elsewhere);
  expect(status).toBe(7);
  expect(stdout).toBe(`${elsewhere} train --resume\n`);
});

test('without a build says what to do, exit 3', () => {
  const file = makePackage({});
  const { status, stdout, stderr } = run([file, 'doctor']);
  expect(status).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toContain('FETTLE_NATIVE: expected the compiled CLI');
  expect(stderr).toContain('npm ci && npm run build');
});

describe.skipIf(process.platform === 'win32')('started by Node 20', () => {
  test('without another Node says which to install, exit 3', () => {
    const file = makePackage({ cli: says });
    const { status, stderr } = run([...asNode20(), file]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/expected Node 22\.12 or later, found v\d+/);
    expect(stderr).toContain('install a current Node');
  });

  test('hands over to the one that npm ci brought: arguments, output and exit code', () => {
    const file = makePackage({ cli: says, node: 'shift; echo "brought: $@"; exit 5' });
    const { status, stdout } = run([...asNode20(), file, 'train', 'a.yaml']);
    expect(status).toBe(5);
    expect(stdout).toBe('brought: train a.yaml\n');
  });

  test('passes a signal on, and ends with the code that it led to', async () => {
    const file = makePackage({ cli: says, node: "trap 'echo saved; exit 130' TERM; echo ready; for i in $(seq 200); do sleep 0.05; done" });
    const child = spawn(process.execPath, [...asNode20(), file], { cwd: folder.path, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout === 'ready\n') child.kill('SIGTERM');
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    expect(stdout).toBe('ready\nsaved\n');
  });
});

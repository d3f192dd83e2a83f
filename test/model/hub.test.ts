import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { fetchFromHub } from '../../src/model/hub/hub.ts';
import { parseHubId } from '../../src/model/hub/hub-id.ts';
import type { ModelProgress } from '../../src/model/progress.ts';
import { openModel } from '../../src/model/source.ts';
import { fettleError } from './support/expect-error.ts';
import { safetensorsBytes } from './support/files.ts';
import { gitSha1, hubServer, sha256 } from './support/hub-server.ts';

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)));
const files = {
  'config.json': fixture('families/llama2/config.json'),
  'model.safetensors': fixture('families/llama2/model.safetensors'),
  'README.md': Buffer.from('# not needed'),
  'pytorch_model.bin': Buffer.from('not wanted'),
};
const id = parseHubId('org/tiny')!;

describe('names', () => {
  it.each([
    ['org/name', { repo: 'org/name', revision: 'main' }],
    ['org/name@v1.0', { repo: 'org/name', revision: 'v1.0' }],
    ['org/name@refs/pr/1', { repo: 'org/name', revision: 'refs/pr/1' }],
    ['org/na.me-1_b/file-Q4.gguf', { repo: 'org/na.me-1_b', revision: 'main', file: 'file-Q4.gguf' }],
    ['org/name/sub/file.gguf@abc', { repo: 'org/name', revision: 'abc', file: 'sub/file.gguf' }],
  ])('%s', (spec, expected) => {
    expect(parseHubId(spec)).toEqual(expected);
  });

  it.each([
    '',
    'name',
    './org/name',
    '/org/name',
    'org/name/other',
    'org/../name',
    'org/name@',
    'folder/model.gguf',
    'a b/c',
    'org\\name',
    'https://x/y',
  ])('%j is none', (spec) => {
    expect(parseHubId(spec)).toBeUndefined();
  });
});

describe('downloading', () => {
  it('lays the cache out as huggingface_hub does, and opens the model from it', async () => {
    const hub = await hubServer(files);
    const source = await openModel('org/tiny');
    const folder = join(hub.cache, 'models--org--tiny');
    expect(source).toMatchObject({ name: 'org/tiny', kind: 'folder', path: join(folder, 'snapshots', hub.commit) });
    expect(readFileSync(join(folder, 'refs/main'), 'utf8')).toBe(hub.commit);
    const weights = join(source.path, 'model.safetensors');
    expect(lstatSync(weights).isSymbolicLink()).toBe(true);
    expect(readlinkSync(weights)).toBe(join('..', '..', 'blobs', sha256(files['model.safetensors'])));
    expect(readlinkSync(join(source.path, 'config.json'))).toBe(join('..', '..', 'blobs', gitSha1(files['config.json'])));
    expect(existsSync(join(source.path, 'README.md'))).toBe(false);
    expect(existsSync(join(source.path, 'pytorch_model.bin'))).toBe(false);
  });

  it('tells bytes of all, up to the total', async () => {
    await hubServer(files);
    const seen: ModelProgress[] = [];
    await fetchFromHub(id, { onProgress: (progress) => seen.push(progress) });
    const total = files['config.json'].length + files['model.safetensors'].length;
    expect(seen.at(-1)).toEqual({ stage: 'download', file: 'model.safetensors', bytes: total, total });
    expect(seen.every((p, i) => i === 0 || p.bytes >= seen[i - 1]!.bytes)).toBe(true);
  });

  it('fetches nothing twice', async () => {
    const hub = await hubServer(files);
    await fetchFromHub(id);
    hub.requests.length = 0;
    await fetchFromHub(id);
    expect(hub.requests.filter((request) => request.includes('/resolve/'))).toEqual([]);
  });

  it('sends the token of HF_TOKEN', async () => {
    const hub = await hubServer(files);
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    await fetchFromHub(id);
    expect(hub.requests.every((request) => request.endsWith('Bearer hf_secret'))).toBe(true);
  });

  it('takes the shards that the index names', async () => {
    const shard = safetensorsBytes({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, new Uint8Array(1));
    const index = Buffer.from(JSON.stringify({ weight_map: { a: 'model-00001-of-00001.safetensors' } }));
    const hub = await hubServer({
      'config.json': files['config.json'],
      'model.safetensors.index.json': index,
      'model-00001-of-00001.safetensors': shard,
      'consolidated.safetensors': shard,
    });
    const path = await fetchFromHub(id);
    expect(existsSync(join(path, 'model-00001-of-00001.safetensors'))).toBe(true);
    expect(hub.requests.some((request) => request.includes('consolidated'))).toBe(false);
  });

  it('takes the GGUF file that is named, or the only one', async () => {
    const gguf = { 'sub/a.gguf': fixture('gguf/tiny-llama.gguf'), 'b.gguf': Buffer.from('other') };
    const hub = await hubServer(gguf);
    const source = await openModel('org/tiny/sub/a.gguf');
    expect(source).toMatchObject({ kind: 'gguf', name: 'org/tiny' });
    expect(source.path).toBe(join(hub.cache, 'models--org--tiny', 'snapshots', hub.commit, 'sub', 'a.gguf'));
    expect(readFileSync(source.path).equals(gguf['sub/a.gguf'])).toBe(true);
    await hubServer({ 'b.gguf': gguf['b.gguf'], 'README.md': Buffer.from('') });
    expect(await fetchFromHub(id)).toMatch(/b\.gguf$/);
  });
});

describe('going on', () => {
  it('resumes where a former run broke off', async () => {
    const hub = await hubServer(files);
    const weights = files['model.safetensors'];
    const blobs = join(hub.cache, 'models--org--tiny/blobs');
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${sha256(weights)}.incomplete`), weights.subarray(0, 1000));
    const path = await fetchFromHub(id);
    expect(hub.requests).toContain(`GET /org/tiny/resolve/${hub.commit}/model.safetensors bytes=1000-${weights.length - 1}`);
    expect(readFileSync(join(path, 'model.safetensors')).equals(weights)).toBe(true);
  });

  it('tries again when the connection breaks, without fetching anything twice', async () => {
    const hub = await hubServer(files);
    let broken = 0;
    hub.onFile = (request, response, send) => {
      const isWeights = request.url!.includes('model.safetensors') && request.headers.range !== 'bytes=0-0';
      if (!isWeights || broken++ > 0) return send();
      response.writeHead(200, { 'Content-Length': files['model.safetensors'].length });
      response.write(files['model.safetensors'].subarray(0, 5000), () => setTimeout(() => response.destroy(), 50));
    };
    const path = await fetchFromHub(id);
    expect(readFileSync(join(path, 'model.safetensors')).equals(files['model.safetensors'])).toBe(true);
    expect(hub.requests.some((request) => request.includes('bytes=5000-'))).toBe(true);
  });

  it('tries again when the hub stumbles', async () => {
    const hub = await hubServer(files);
    let stumbles = 0;
    hub.onFile = (request, response, send) => {
      if (!request.url!.includes('model.safetensors') || stumbles++ > 0) return send();
      response.writeHead(503).end();
    };
    await fetchFromHub(id);
    expect(stumbles).toBeGreaterThan(1);
  });

  it('refuses content of another hash, and removes it', async () => {
    const hub = await hubServer(files);
    const other = Buffer.from(files['model.safetensors']);
    other[other.length - 1]! ^= 1;
    hub.onFile = (request, _, send) => send(request.url!.includes('model.safetensors') ? other : undefined);
    const error = await fettleError('FETTLE_DOWNLOAD', () => fetchFromHub(id));
    expect(error.message).toContain(sha256(files['model.safetensors']));
    const blob = join(hub.cache, 'models--org--tiny/blobs', sha256(files['model.safetensors']));
    expect(existsSync(blob) || existsSync(`${blob}.incomplete`)).toBe(false);
    expect(existsSync(join(hub.cache, 'models--org--tiny/refs/main'))).toBe(false);
  });

  it('stops when it is told to, and keeps what came', async () => {
    const hub = await hubServer(files);
    const controller = new AbortController();
    hub.onFile = (request, response, send) => {
      if (!request.url!.includes('model.safetensors') || request.headers.range === 'bytes=0-0') return send();
      response.writeHead(200, { 'Content-Length': files['model.safetensors'].length });
      response.write(files['model.safetensors'].subarray(0, 4000));
    };
    const onProgress = ({ bytes }: ModelProgress) => {
      if (bytes >= 4000 + files['config.json'].length) controller.abort(new Error('enough'));
    };
    await expect(fetchFromHub(id, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
    const blob = join(hub.cache, 'models--org--tiny/blobs', sha256(files['model.safetensors']));
    expect(readFileSync(`${blob}.incomplete`)).toHaveLength(4000);
  });
});

describe('without the hub', () => {
  it('HF_HUB_OFFLINE=1 takes the cache and asks nobody', async () => {
    const hub = await hubServer(files);
    const path = await fetchFromHub(id);
    hub.requests.length = 0;
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await fetchFromHub(id)).toBe(path);
    expect(await fetchFromHub(parseHubId(`org/tiny@${hub.commit}`)!)).toBe(path);
    expect(hub.requests).toEqual([]);
    await fettleError('FETTLE_HUB', () => fetchFromHub(parseHubId('org/other')!));
  });

  it('a hub that is gone: the cache if it is whole, else FETTLE_HUB with what to do', async () => {
    const hub = await hubServer(files);
    const path = await fetchFromHub(id);
    hub.close();
    expect(await fetchFromHub(id)).toBe(path);
    const error = await fettleError('FETTLE_HUB', () => fetchFromHub(parseHubId('org/other')!));
    expect(error.message).toContain(hub.endpoint);
    expect(error.hint).toContain('HF_HUB_OFFLINE');
    expect(error.exitCode).toBe(3);
  });

  it('a hub that does not answer: FETTLE_HUB after 5 seconds', async () => {
    await hubServer({});
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const started = performance.now();
    const error = await fettleError('FETTLE_HUB', () => fetchFromHub(id));
    silent.closeAllConnections();
    silent.close();
    expect(error.message).toContain('5 seconds');
    expect(performance.now() - started).toBeLessThan(7000);
  });
});

describe('refusals', () => {
  it.each([
    [401, undefined],
    [403, undefined],
    [401, 'GatedRepo'],
    [403, 'GatedRepo'],
  ])('%i %s: FETTLE_HUB_GATED says where to accept the licence, and HF_TOKEN', async (status, code) => {
    const hub = await hubServer(files);
    hub.refuse = { status, code };
    const error = await fettleError('FETTLE_HUB_GATED', () => fetchFromHub(id));
    expect(error.hint).toContain(`${hub.endpoint}/org/tiny`);
    expect(error.hint).toContain('HF_TOKEN');
    expect(error.exitCode).toBe(3);
  });

  it('a gated model whose page is open but whose files are not', async () => {
    const hub = await hubServer(files);
    hub.onFile = (_, response) => response.writeHead(403, { 'X-Error-Code': 'GatedRepo' }).end();
    await fettleError('FETTLE_HUB_GATED', () => fetchFromHub(id));
  });

  it('no such model, no such revision, no such file: FETTLE_MODEL_NOT_FOUND', async () => {
    const hub = await hubServer({ 'a.gguf': Buffer.from('x'), 'b.gguf': Buffer.from('y') });
    expect((await fettleError('FETTLE_MODEL_NOT_FOUND', () => fetchFromHub(parseHubId('org/other')!))).message).toContain('org/other');
    expect((await fettleError('FETTLE_MODEL_NOT_FOUND', () => fetchFromHub(parseHubId('org/tiny/c.gguf')!))).hint).toContain(
      'a.gguf, b.gguf',
    );
    hub.refuse = { status: 404, code: 'RevisionNotFound' };
    expect((await fettleError('FETTLE_MODEL_NOT_FOUND', () => fetchFromHub({ ...id, revision: 'v9' }))).message).toContain('v9');
  });

  it('too many requests, or a broken hub: FETTLE_HUB', async () => {
    const hub = await hubServer(files);
    for (const status of [429, 500, 503]) {
      hub.refuse = { status };
      expect((await fettleError('FETTLE_HUB', () => fetchFromHub(id))).message).toContain(String(status));
    }
  });

  it('a repository without safetensors: FETTLE_MODEL_UNSUPPORTED names what there is', async () => {
    await hubServer({ 'config.json': files['config.json'], 'pytorch_model.bin': Buffer.from('x') });
    expect((await fettleError('FETTLE_MODEL_UNSUPPORTED', () => fetchFromHub(id))).message).toContain('pytorch_model.bin');
    await hubServer({ 'a.gguf': Buffer.from('x'), 'b.gguf': Buffer.from('y') });
    expect((await fettleError('FETTLE_MODEL_UNSUPPORTED', () => fetchFromHub(id))).hint).toContain('org/name/FILE.gguf: a.gguf, b.gguf');
  });
});

describe('what answers is no hub, or a bad one: FETTLE_HUB, and nothing outside the cache', () => {
  const entry = { type: 'file', path: 'config.json', size: 1, oid: 'a'.repeat(40) };
  it.each<[string, { info?: unknown; files?: unknown }]>([
    ['a page in place of the model', { info: '<html>log in</html>' }],
    ['a model without a commit', { info: { id: 'org/tiny' } }],
    ['a commit that is a path', { info: { id: 'org/tiny', sha: '../../../outside' } }],
    ['no list of files', { files: { error: 'no' } }],
    ['a file outside', { files: [{ ...entry, path: '../../../../outside' }] }],
    ['an absolute file', { files: [{ ...entry, path: '/outside' }] }],
    ['a hash that is a path', { files: [{ ...entry, oid: '../../../outside' }] }],
    ['a large file without a size', { files: [{ ...entry, lfs: { oid: 'b'.repeat(64) } }] }],
    ['a size below zero', { files: [{ ...entry, size: -1 }] }],
  ])('%s', async (_, says) => {
    const hub = await hubServer(files);
    hub.says = says;
    const error = await fettleError('FETTLE_HUB', () => fetchFromHub(id));
    expect(error.exitCode).toBe(3);
    expect(error.hint).toContain('HF_ENDPOINT');
    expect(existsSync(join(hub.cache, 'models--org--tiny'))).toBe(false);
  });

  it('a page of HTML for everything, as a hotel network sends it; the cache serves when it is whole', async () => {
    const hub = await hubServer(files);
    const path = await fetchFromHub(id);
    const portal = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<html>welcome</html>'));
    await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('HF_ENDPOINT', `http://127.0.0.1:${(portal.address() as AddressInfo).port}`);
    expect(await fetchFromHub(id)).toBe(path);
    await fettleError('FETTLE_HUB', () => fetchFromHub(parseHubId('org/other')!));
    portal.closeAllConnections();
    portal.close();
    hub.close();
  });

  it('a server that sends no ETag or ignores ranges', async () => {
    const hub = await hubServer(files);
    hub.onFile = (_, response) => response.end(files['config.json']);
    await fettleError('FETTLE_HUB', () => fetchFromHub(id));
  });
});

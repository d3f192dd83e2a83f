/** A model hub of one model, speaking the little of the hub's HTTP API that its client asks for. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

export interface HubServer {
  endpoint: string;
  cache: string;
  commit: string;
  /** `METHOD path Range`, in order. */
  requests: string[];
  /** What happens to file requests; the default sends the file. */
  onFile: (request: IncomingMessage, response: ServerResponse, send: (bytes?: Buffer) => void) => void;
  /** What the hub says instead of the model's commit or its files. */
  says: { info?: unknown; files?: unknown };
  /** Answers everything with this status instead. */
  refuse?: { status: number; code?: string };
  close(): void;
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
export const gitSha1 = (bytes: Uint8Array) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** Starts a hub on this machine and points HF_ENDPOINT, HF_HUB_CACHE and the other variables at it for one test. */
export async function hubServer(files: Readonly<Record<string, Buffer>>): Promise<HubServer> {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  const server = createServer((request, response) => answer(hub, files, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hub: HubServer = { endpoint, cache: temporaryFolder(), commit, requests: [], says: {}, onFile: (_, __, send) => send(), close };
  const environment = { HF_ENDPOINT: endpoint, HF_HUB_CACHE: hub.cache, HF_HOME: hub.cache, HF_HUB_OFFLINE: '', HF_TOKEN: '' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    close();
  });
  return hub;
}

function answer(hub: HubServer, files: Readonly<Record<string, Buffer>>, request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url!, hub.endpoint);
  const { range, authorization } = request.headers;
  hub.requests.push([request.method, pathname, range, authorization].filter(Boolean).join(' '));
  const json = (value: unknown) => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
  const fail = (status: number, code?: string) => {
    if (code) response.setHeader('X-Error-Code', code);
    response.writeHead(status).end();
  };
  if (hub.refuse) {
    fail(hub.refuse.status, hub.refuse.code);
    return;
  }
  if (pathname === '/api/models/org/tiny/revision/main') {
    json(hub.says.info ?? { _id: '1', id: 'org/tiny', sha: hub.commit, lastModified: '2026-01-01T00:00:00.000Z', gated: false });
    return;
  }
  if (pathname === `/api/models/org/tiny/tree/${hub.commit}`) {
    json(hub.says.files ?? Object.entries(files).map(([path, bytes]) => listed(path, bytes)));
    return;
  }
  const prefix = `/org/tiny/resolve/${hub.commit}/`;
  const bytes = pathname.startsWith(prefix) ? files[pathname.slice(prefix.length)] : undefined;
  if (bytes === undefined) fail(404, pathname.startsWith('/api/') ? 'RepoNotFound' : 'EntryNotFound');
  else hub.onFile(request, response, (body = bytes) => sendRange(response, body, range));
}

/** Weights are large files, named by SHA-256; the rest are git's own. */
function listed(path: string, bytes: Buffer): object {
  const lfs = /\.(safetensors|gguf)$/.test(path) ? { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } : undefined;
  return { type: 'file', path, size: bytes.length, oid: gitSha1(bytes), lfs };
}

function sendRange(response: ServerResponse, bytes: Buffer, range: string | undefined): void {
  response.setHeader('ETag', '"any"');
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (!match) {
    response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
    return;
  }
  const start = Number(match[1]);
  const end = match[2] ? Math.min(Number(match[2]), bytes.length - 1) : bytes.length - 1;
  response.writeHead(206, { 'Content-Range': `bytes ${start}-${end}/${bytes.length}`, 'Content-Length': end - start + 1 });
  response.end(bytes.subarray(start, end + 1));
}

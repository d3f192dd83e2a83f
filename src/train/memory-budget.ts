/** How much memory a run may hold, of the process or of a GPU: what `FETTLE_MEMORY` says, or what is free. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FettleError } from '../errors.ts';
import type { DeviceInfo } from '../native/types.ts';

export interface MemoryBudget {
  /** Whose memory it is. */
  of: 'process' | 'gpu';
  /** Bytes for the whole run, what it holds already included. */
  bytes: number;
  /** Bytes that it holds beside what the engine's layouts count. */
  held: number;
  /** What set the limit. */
  from: 'FETTLE_MEMORY' | `the free memory${string}`;
}

/** Share of the free memory that a run may plan with; other programs and the page cache need the rest. */
const usableShare = 0.9;

/** Of a GPU, which fewer programs share. */
const usableGpuShare = 0.95;
/** The scratch of kernels, a dequantized weight above all, which no layout counts. */
const gpuScratch = 192 * 2 ** 20;

/**
 * Of this process.
 * @param limit bytes, or with K, M or G (optionally followed by iB or B)
 * @throws FettleError FETTLE_USAGE when it is not a size
 */
export function memoryBudget(limit: string | undefined = process.env.FETTLE_MEMORY): MemoryBudget {
  const held = process.memoryUsage.rss();
  return limited({ of: 'process', bytes: held + availableMemory() * usableShare, held, from: 'the free memory' }, limit);
}

/** Of a GPU. Throws as `memoryBudget`. */
export function gpuMemoryBudget(
  gpu: Pick<DeviceInfo, 'name' | 'free_bytes'>,
  limit: string | undefined = process.env.FETTLE_MEMORY,
): MemoryBudget {
  const bytes = gpu.free_bytes * usableGpuShare;
  return limited({ of: 'gpu', bytes, held: gpuScratch, from: `the free memory of ${gpu.name}` }, limit);
}

function limited(free: MemoryBudget, limit: string | undefined): MemoryBudget {
  const set = limit === undefined || limit === '' ? Number.POSITIVE_INFINITY : parseSize(limit);
  return set < free.bytes ? { ...free, bytes: set, from: 'FETTLE_MEMORY' } : free;
}

function parseSize(limit: string): number {
  const parsed = /^(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?$/i.exec(limit.trim());
  if (parsed === null) {
    throw new FettleError('FETTLE_USAGE', `expected FETTLE_MEMORY as a size such as 6G, found ${JSON.stringify(limit)}`);
  }
  return Number(parsed[1]) * 1024 ** ['', 'K', 'M', 'G'].indexOf(parsed[2]!.toUpperCase());
}

/**
 * Bytes that may still be taken: what the kernel calls available, but no more than any cgroup of this process leaves. Unlike
 * `process.availableMemory()` it counts cached files as free, which the kernel gives up when they are in the way.
 * @param root where `proc` and `sys` lie
 */
export function availableMemory(root = '/'): number {
  const meminfo = readIfThere(path.join(root, 'proc/meminfo'));
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo ?? '');
  if (available === null) return process.availableMemory();
  return Math.max(0, Math.min(Number(available[1]) * 1024, ...cgroupRooms(root)));
}

interface CgroupFiles {
  folder: string;
  limit: string;
  usage: string;
  /** Keys of memory.stat whose bytes the kernel can take back. */
  files: RegExp;
}

/** What each cgroup of the process, up to the root, leaves it. */
function cgroupRooms(root: string): number[] {
  const lines = (readIfThere(path.join(root, 'proc/self/cgroup')) ?? '').split('\n').map((line) => line.split(':'));
  const own = (controller: string) => lines.find((line) => line.length >= 3 && line[1]!.split(',').includes(controller))?.[2];
  return [
    ...roomsUpwards(own('') ?? '/', {
      folder: path.join(root, 'sys/fs/cgroup'),
      limit: 'memory.max',
      usage: 'memory.current',
      files: /^(?:in)?active_file (\d+)$/gm,
    }),
    ...roomsUpwards(own('memory') ?? '/', {
      folder: path.join(root, 'sys/fs/cgroup/memory'),
      limit: 'memory.limit_in_bytes',
      usage: 'memory.usage_in_bytes',
      files: /^total_(?:in)?active_file (\d+)$/gm,
    }),
  ];
}

function roomsUpwards(cgroup: string, { folder, limit, usage, files }: CgroupFiles): number[] {
  const rooms: number[] = [];
  for (let at = path.posix.normalize(`/${cgroup}`); ; at = path.posix.dirname(at)) {
    const read = (name: string) => readIfThere(path.join(folder, at, name));
    const [most, used] = [Number(read(limit) ?? Number.NaN), Number(read(usage) ?? Number.NaN)];
    const cached = [...(read('memory.stat') ?? '').matchAll(files)].reduce((sum, match) => sum + Number(match[1]), 0);
    if (Number.isFinite(most) && Number.isFinite(used)) rooms.push(most - used + cached);
    if (at === '/') return rooms;
  }
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Node, memory, disk, graphics card. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Finding } from './finding.ts';

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

export function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const name = 'node';
  const found = `${process.version}, ${process.platform} ${process.arch}`;
  if (major > 22 || (major === 22 && minor >= 12)) return { name, status: 'ok', found };
  return { name, status: 'missing', found: `${found}; expected 22.12 or later`, mend: 'install a current Node from nodejs.org' };
}

export function memory(): Finding {
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < os.totalmem() ? limit : os.totalmem();
  return {
    name: 'memory',
    status: 'ok',
    found: `${gib(process.availableMemory())} free of ${gib(total)}${total < os.totalmem() ? ' (limited by a cgroup)' : ''}`,
  };
}

/** Room in `folder`, or in the nearest parent that exists. */
export function disk(name: string, folder: string): Finding {
  let place = path.resolve(folder);
  while (!existsSync(place)) place = path.dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const found = `${gib(bavail * bsize)} free in ${folder}`;
  if (bavail * bsize > 2 ** 30) return { name, status: 'ok', found };
  return { name, status: 'note', found, mend: 'free some room: a model and the checkpoints of a run need a few GiB' };
}

/** The driver's side; what fettle itself can use is in addon.ts. */
export function driver(): Finding {
  const name = 'driver';
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  try {
    const cards = execFileSync('nvidia-smi', query, { encoding: 'utf8', timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n');
    return { name, status: 'ok', found: `${cards.join('; ')}` };
  } catch {
    // No nvidia-smi, or no driver behind it: both mean that there is no card to use.
    const driver = '/proc/driver/nvidia/version';
    if (existsSync(driver))
      return { name, status: 'note', found: `${readFileSync(driver, 'utf8').split('\n')[0]}, but nvidia-smi does not answer` };
    return { name, status: 'ok', found: 'no NVIDIA driver found; fettle runs on the CPU' };
  }
}

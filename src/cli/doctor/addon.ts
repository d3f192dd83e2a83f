/** The native addon and what it finds in the CPU. */
import os from 'node:os';
import { FettleError } from '../../errors.ts';
import { addonPath, nativeAddon } from '../../native/addon.ts';
import type { DeviceReport } from '../../native/types.ts';
import type { Finding } from './finding.ts';

export interface AddonReport {
  loaded: boolean;
  findings: Finding[];
}

/** What fettle's CUDA backend sees. Without one everything works on the CPU, so its absence is no fault. */
function gpu({ devices, problem, hint }: DeviceReport): Finding {
  const name = 'gpu';
  if (devices.length === 0)
    return { name, status: 'note', found: `none: ${problem || 'the driver shows no device'}`, mend: hint || undefined };
  const cards = devices.map((d) => `${d.name} (${d.architecture}, ${(d.memory_bytes / 2 ** 30).toFixed(1)} GiB, ${d.driver})`);
  return { name, status: 'ok', found: cards.join('; ') };
}

export function addon(): AddonReport {
  try {
    const native = nativeAddon();
    const { isa, available, threads } = native.cpuInfo();
    const forced = process.env.FETTLE_CPU_ISA === undefined ? '' : ' (FETTLE_CPU_ISA)';
    const cpu = `${os.cpus()[0]?.model.trim() ?? 'unknown CPU'}; ${isa}${forced} of ${available.join(', ')}; ${threads} threads`;
    return {
      loaded: true,
      findings: [
        { name: 'addon', status: 'ok', found: `${native.version}, ${addonPath()}` },
        { name: 'cpu', status: 'ok', found: cpu },
        gpu(native.deviceReport('cuda')),
      ],
    };
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    const cause = error.cause instanceof Error ? ` (${error.cause.message.split('\n')[0]})` : '';
    return { loaded: false, findings: [{ name: 'addon', status: 'missing', found: `${error.message}${cause}`, mend: error.hint }] };
  }
}

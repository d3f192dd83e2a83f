/** The native addon and what it finds in the CPU. */
import os from 'node:os';
import { FettleError } from '../../errors.ts';
import { addonPath, nativeAddon } from '../../native/addon.ts';
import type { Finding } from './finding.ts';

export interface AddonReport {
  loaded: boolean;
  findings: Finding[];
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
      ],
    };
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    const cause = error.cause instanceof Error ? ` (${error.cause.message.split('\n')[0]})` : '';
    return { loaded: false, findings: [{ name: 'addon', status: 'missing', found: `${error.message}${cause}`, mend: error.hint }] };
  }
}

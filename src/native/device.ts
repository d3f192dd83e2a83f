/** Which device a `device` setting means. */
import { nativeAddon } from './addon.ts';
import type { DeviceInfo } from './types.ts';

/** The setting that the engine is given: `auto` is what FETTLE_DEVICE says. */
export function chosenDevice(device: string): string {
  return device === 'auto' ? process.env.FETTLE_DEVICE || 'auto' : device;
}

/** The GPU that a setting means, or null where the engine runs on the CPU or will refuse. */
export function gpuOf(device: string): DeviceInfo | null {
  const [kind, ordinal = '0'] = chosenDevice(device).split(':');
  if (kind === 'cpu') return null;
  return nativeAddon().deviceReport(kind === 'simt' ? 'simt' : 'cuda').devices[Number(ordinal)] ?? null;
}

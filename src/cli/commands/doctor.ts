/** `fettle doctor`: what was found on this machine, what was not, and how to mend it. */
import type { AddCommand, SetExitCode } from '../command.ts';
import type { Finding } from '../doctor/finding.ts';
import { outColors as c, printJson, printLine } from '../output.ts';

export const addDoctor: AddCommand = (program, setExitCode) => {
  program
    .command('doctor')
    .description('say what this machine has, what it lacks and how to mend it')
    .option('--json', 'one object a line')
    .action((flags: { json?: true }) => doctor(flags.json === true, setExitCode));
};

async function doctor(json: boolean, setExitCode: SetExitCode): Promise<void> {
  const findings = await examine();
  for (const finding of findings) {
    if (json) printJson(finding);
    else printFinding(finding);
  }
  if (findings.some(({ status }) => status === 'missing')) setExitCode(3);
}

async function examine(): Promise<Finding[]> {
  const { node, memory, disk, driver } = await import('../doctor/machine.ts');
  const { toolchain } = await import('../doctor/toolchain.ts');
  const { addon } = await import('../doctor/addon.ts');
  const { hub } = await import('../doctor/hub.ts');
  const { cacheFolder } = await import('../cache-folder.ts');
  const { loaded, findings } = addon();
  return [node(), ...findings, memory(), disk('disk', '.'), disk('cache', cacheFolder()), driver(), ...toolchain(!loaded), await hub()];
}

function printFinding({ name, status, found, mend }: Finding): void {
  const mark = { ok: c.green('ok     '), note: c.yellow('note   '), missing: c.red('missing') }[status];
  printLine(`${mark} ${c.bold(name.padEnd(9))} ${found}`);
  if (mend !== undefined) printLine(`                  ${c.cyan('mend')}: ${mend}`);
}

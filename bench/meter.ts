/** What a server costs, from Linux's /proc: processor time and memory of all its processes together. */

import { readFile, writeFile } from 'node:fs/promises';
import { processTree } from '../test/support/processes.ts';

/** The kernel's unit of utime and stime: 1/100 s on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;

/** Processor seconds used so far by `pid` and the processes below it: user and system time, ended children included. */
export async function cpuSeconds(pid: number): Promise<number> {
  let ticks = 0;
  for (const one of await processTree(pid)) {
    const stat = await readFile(`/proc/${one}/stat`, 'latin1').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    for (const index of [11, 12, 13, 14]) ticks += Number(fields[index] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Starts the peak anew at the present size. */
export async function resetPeak(pid: number): Promise<void> {
  for (const one of await processTree(pid)) await writeFile(`/proc/${one}/clear_refs`, '5').catch(() => {});
}

/** Resident memory of all processes, in MiB: now, and the sum of their peaks since the reset. */
export async function memory(pid: number): Promise<{ readonly now: number; readonly peak: number }> {
  let [now, peak] = [0, 0];
  for (const one of await processTree(pid)) {
    const status = await readFile(`/proc/${one}/status`, 'utf8').catch(() => '');
    now += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    peak += Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return { now: now / KIB_PER_MIB, peak: peak / KIB_PER_MIB };
}

/** Processor seconds that the whole machine has used so far, all cores together. */
export async function machineSeconds(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  // user, nice, system, then idle and waiting for disks, which are not work.
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0] = line.split(/ +/).slice(1).map(Number);
  return (user + nice + system + interrupts + soft) / TICKS_PER_SECOND;
}

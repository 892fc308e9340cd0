import { readFileSync } from 'node:fs';

/** A tick of the kernel's clock, which is the same on all platforms of Linux that Node.js supports. */
const MS_PER_TICK = 10;

/**
 * Milliseconds for which a process has run on a processor, in steps of 10. Null if it has ended, and on a system that is not
 * Linux. The file is in memory, so reading it takes microseconds.
 */
export function cpuMsOf(pid: number | undefined): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in brackets, may contain spaces. `utime` and `stime` are the 14th and the 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return null;
  }
}

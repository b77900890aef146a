import { readFileSync } from 'node:fs';

/** Resident memory of a process in MiB, from the kernel; 0 where it does not say or the process is gone. */
export function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`));
  return line === null ? 0 : Number(line[1]) / 1024;
}

/** Processor time that a process used since it began, in milliseconds (user and system, 10 ms steps). */
export function processorMs(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

export function total(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + of(pid), 0);
}

/** Watches the memory of processes until stopped; answers the highest sum seen, in MiB. */
export function watchMemory(pids: readonly number[]): () => number {
  let highest = total(pids, residentMiB);
  const timer = setInterval(() => {
    highest = Math.max(highest, total(pids, residentMiB));
  }, 200);
  return () => {
    clearInterval(timer);
    return highest;
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

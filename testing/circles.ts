import { importsOf, resolveImport, type Sources } from './imports.ts';

/** Files that import one another in a circle: each circle once, its first file again at its end. */
export function findCircles(sources: Sources): string[][] {
  const circles: string[][] = [];
  const finished = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string) => {
    if (finished.has(file)) return;
    const start = trail.indexOf(file);
    if (start >= 0) {
      circles.push([...trail.slice(start), file]);
      return;
    }
    trail.push(file);
    for (const next of neighbours(file, sources)) visit(next);
    trail.pop();
    finished.add(file);
  };
  for (const file of sources.keys()) visit(file);
  return circles;
}

function neighbours(file: string, sources: Sources): string[] {
  return importsOf(sources.get(file) ?? '')
    .map((specifier) => resolveImport(file, specifier))
    .filter((target) => target !== null && sources.has(target)) as string[];
}

/**
 * A reporter that writes how many tests ran and how many things failed, as `12 0`. The runner also reports a file without any test, as a test that is named
 * after the file: that one is not counted.
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
export default async function* countTests(events) {
  let count = 0;
  let failures = 0;
  for await (const { type, data } of events) {
    if (type === 'test:fail' && data.todo === undefined) failures += 1;
    const isTest = (type === 'test:pass' || type === 'test:fail') && data.details?.type !== 'suite';
    if (isTest && !data.name.endsWith('.test.ts') && data.skip === undefined) count += 1;
  }
  yield `${count} ${failures}`;
}

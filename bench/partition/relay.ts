// Stands where the database would: takes connections at the addresses given and passes their bytes on through a
// socket of the file system, which reaches out of a network namespace. Ends when its stdin does.
import net from 'node:net';

const [socketPath = '', ...addresses] = process.argv.slice(2);

for (const [lane, address] of addresses.entries()) {
  const at = address.lastIndexOf(':');
  const server = net.createServer({ noDelay: true }, (outer) => {
    const inner = net.connect(socketPath);
    inner.write(Buffer.from([lane]));
    outer.pipe(inner).pipe(outer);
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  server.listen(Number(address.slice(at + 1)), address.slice(0, at), () =>
    console.log(JSON.stringify({ lane })),
  );
}
process.stdin.resume().on('end', () => process.exit(0));

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unpackOnce } from './unpack.ts';

export type BrowserBinary = {
  readonly executablePath: string;
  /** Environment that makes its pages look the same on every machine. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder with copies of the libraries it needs, for machines that lack them. */
  readonly libraries: string | null;
};

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const FONTS = 'roost-fonts.conf';

/** The Chromium named by `CHROMIUM_PATH`, else the one that npm brought (Linux), else an installed one. */
export async function findBrowser(): Promise<BrowserBinary> {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined) return { executablePath: named, env: {}, libraries: null };
  if (process.platform === 'linux') return packagedBrowser();
  const installed = INSTALLED.find((file) => existsSync(file));
  if (installed !== undefined) return { executablePath: installed, env: {}, libraries: null };
  throw new Error(
    'No Chromium was found for the browser tests: install one, or name its program in CHROMIUM_PATH.',
  );
}

async function packagedBrowser(): Promise<BrowserBinary> {
  const entry = import.meta.resolve('@sparticuz/chromium');
  const { version } = JSON.parse(await readFile(new URL('../package.json', entry), 'utf8')) as {
    version: string;
  };
  const folder = await unpackOnce(`chromium-${version}`, async (staging, final) => {
    await unpack(entry, staging);
    await writeFile(path.join(staging, FONTS), fontConfig(path.join(final, 'fonts')));
  });
  return {
    executablePath: path.join(folder, 'chromium'),
    env: { FONTCONFIG_FILE: path.join(folder, FONTS) },
    libraries: path.join(folder, 'al2023', 'lib'),
  };
}

/** The package unpacks into the temporary folder of its process, so it gets a process and a folder of its own. */
async function unpack(entry: string, folder: string): Promise<void> {
  const libraries = fileURLToPath(new URL('../bin/al2023.tar.br', entry));
  const program = `
    import chromium, { inflate } from ${JSON.stringify(entry)};
    await Promise.all([chromium.executablePath(), inflate(${JSON.stringify(libraries)})]);
  `;
  const args = ['--input-type=module', '--eval', program];
  await promisify(execFile)(process.execPath, args, { env: { ...process.env, TMPDIR: folder } });
}

/** The packaged font first, so that pictures are alike everywhere; the machine's own for signs that it lacks. */
function fontConfig(folder: string): string {
  const families = ['sans-serif', 'serif', 'system-ui', 'Arial', 'Helvetica'].map(
    (family) => `<match><test name="family"><string>${family}</string></test>
      <edit name="family" mode="prepend" binding="strong"><string>Open Sans</string></edit></match>`,
  );
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/cache</cachedir>${families.join('')}</fontconfig>
`;
}

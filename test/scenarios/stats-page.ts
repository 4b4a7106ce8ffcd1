import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runTool } from '../support/docker/docker.js';
import { fewerColours } from './png.js';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const DEADLINE_MS = 30_000;

/** Keep it from talking to anybody, and from writing outside its folder. */
const FLAGS = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--hide-scrollbars',
];

/** The system's Chromium; null when there is none. */
export function findChromium(path = process.env.PATH ?? ''): string | null {
  const folders = path.split(delimiter).filter(Boolean);
  const programs = BROWSERS.flatMap((name) => folders.map((folder) => join(folder, name)));
  return programs.find((program) => existsSync(program)) ?? null;
}

/** A picture of a page that was saved before: taking it costs time that the clients of a load would notice. */
export async function screenshot(chromium: string, html: string, height: number): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-page-'));
  try {
    const page = join(folder, 'page.html');
    const picture = join(folder, 'page.png');
    writeFileSync(page, html);
    // Chromium's sandbox does not work for root.
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const own = [`--user-data-dir=${join(folder, 'profile')}`, `--window-size=1100,${height}`];
    const target = [`--screenshot=${picture}`, pathToFileURL(page).href];
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    await runTool(chromium, [...FLAGS, ...root, ...own, ...target], { env, deadlineMs: DEADLINE_MS });
    return fewerColours(readFileSync(picture));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

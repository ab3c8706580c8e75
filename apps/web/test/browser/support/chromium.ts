import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

// The first has no windows, and needs half as long for a page: they are made of the same sources.
const CHROMIUMS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']

/** Chromium from the PATH of Debian, or the one that CHROMIUM names. */
export function openBrowser(): Promise<Browser> {
  const installed = CHROMIUMS.map((name) => `/usr/bin/${name}`)
  const executablePath = process.env['CHROMIUM'] ?? installed.find((path) => existsSync(path))
  if (executablePath === undefined)
    throw new Error(
      'This needs Chromium: apt-get install chromium-headless-shell, or name yours in CHROMIUM.',
    )
  return chromium.launch({
    executablePath,
    // As root Chromium has no sandbox to offer.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-background-networking'],
  })
}

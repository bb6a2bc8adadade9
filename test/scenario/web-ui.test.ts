/**
 * What a person does in the Temporal Web UI, in a browser: the buttons that runbook.md describes, pressed. Chromium is the system's, or the
 * one that LEGWORK_CHROMIUM names; playwright-core brings none.
 */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { SAVED_VIEWS, viewUrl } from '../../src/contract/saved-views.js';
import { ended, enter } from '../support/life.js';
import { startStillWorld } from '../support/still-world.js';
import type { World } from '../support/world.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const DTE = 75;

let world: World;
let browser: Browser;
let page: Page;
let positionId: string;

beforeAll(async () => {
  const executablePath = process.env.LEGWORK_CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined) throw new Error('No Chromium is installed; LEGWORK_CHROMIUM can name the binary.');
  world = await startStillWorld();
  browser = await chromium.launch({ executablePath, args: ['--disable-dev-shm-usage'] });
  page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  positionId = (await enter(world, { ignoreSignal: true })).positionId;
}, 90_000);
afterAll(async () => {
  await browser?.close();
  await world?.stop();
}, 90_000);

/** Opens the page of the position's workflow and the dialog for a signal. */
async function openDialog(id: string): Promise<void> {
  await page.goto(`${world.webUi}/namespaces/default/workflows/position-${id}`);
  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Send a Signal' }).click();
  await page.getByRole('button', { name: 'Select a signal' }).click();
}

async function submit(): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Submit' }).click();
  await page.getByText('Workflow signaled.').first().waitFor();
}

async function signal(id: string, name: string, json?: string): Promise<void> {
  await openDialog(id);
  await page
    .getByRole('option')
    .filter({ hasText: new RegExp(`^\\s*${name}\\b`) })
    .click();
  if (json !== undefined) await page.getByRole('dialog').getByLabel('Data').fill(json);
  await submit();
}

const attention = async () => (await world.client.execution(positionId)).attentionReason;

/** What the tab with the page of the position shows; its Markdown is rendered in frames. */
async function details(): Promise<string> {
  await page.goto(`${world.webUi}/namespaces/default/workflows/position-${positionId}`);
  await page.getByText('User Metadata').first().click();
  return await world.waitUntil('the details', async () => {
    const bodies = page.frames().map((frame) => frame.locator('body').innerText({ timeout: 1_000 }));
    const text = (await Promise.allSettled(bodies)).map((body) => (body.status === 'fulfilled' ? body.value : ''));
    return text.find((one) => one.includes('From here'));
  });
}

/** Opens a list of positions by its link and waits for the position. */
async function findInList(name: string): Promise<void> {
  const view = SAVED_VIEWS.find((one) => one.name === name);
  if (view === undefined) throw new Error(`no list ${name}`);
  await page.goto(viewUrl(world.webUi ?? '', 'default', view));
  await page.getByText(`position-${positionId}`).first().waitFor();
}

test('the page of a position has prices, rules and how to close it; the lists find it', async () => {
  const renewed = async () => /The session ends 20\d\d-/.test(await details());
  await world.waitUntil('a page with what the watch sees', renewed, 30_000);
  const shown = await details();
  expect(shown).toMatch(/WATCHING\. The rules watch it\./);
  expect(shown).toMatch(/Mark -?\d+\.\d\d, unrealised P&L -?\d+\.\d\d, delta -?\d+\.\d\d at 20\d\d-\d\d-\d\d/);
  expect(shown).toMatch(/close it\s+close\s+none, or \{"urgency": "immediate"\}/);
  await findInList('open positions');
}, 90_000);

test('a position without prices is in the list of those that need a person, and its page says why, as long as that lasts', async () => {
  const { legs } = await world.client.execution(positionId);
  const conId = legs[1]?.contract.conId ?? 0;
  world.gateway.fault({ kind: 'spoilQuote', contract: { conId }, show: 'noAsk', ms: 240_000 });
  expect(await world.waitUntil('attention', attention, 60_000)).toMatch(/The rules cannot evaluate this position/);
  await findInList('need a person');
  expect(await details()).toMatch(/Attention: The rules cannot evaluate this position/);
  await world.waitUntil('prices', async () => (await attention()) === undefined, 60_000);
  await world.waitUntil('a page without it', async () => !/Attention:/.test(await details()), 30_000);
}, 180_000);

test('each signal says in the list what it does and which JSON it takes', async () => {
  await openDialog(positionId);
  await page.getByRole('option').first().waitFor();
  const offered = (await page.getByRole('option').allTextContents()).join('\n');
  expect(offered).toMatch(/close\s+Closes the position\. Input: none, or \{"urgency": "immediate"\}/);
  expect(offered).toMatch(/roll\s+Closes the position and opens it at a later expiry\. Input: none, or \{"dte": 60\}/);
}, 60_000);

test('a mistyped name asks for attention with the right one; roll and close act', async () => {
  await openDialog(positionId);
  await page.getByRole('option', { name: 'Custom' }).click();
  await page.getByRole('dialog').getByRole('textbox').first().fill('Close');
  await submit();
  expect(await world.waitUntil('attention', attention)).toMatch(/"Close" is not allowed; expected close,/);

  await signal(positionId, 'roll', `{"dte": ${DTE}}`);
  const rolled = await ended(world, positionId);
  expect(rolled).toMatchObject({ status: 'CLOSED', rolledTo: expect.any(String) });

  const next = rolled.rolledTo ?? '';
  await world.waitUntil('the next position is open', async () => (await world.client.execution(next)).openCombos > 0);
  await signal(next, 'close');
  expect(await ended(world, next)).toMatchObject({ status: 'CLOSED', openCombos: 0 });
  await world.agree();
}, 120_000);

/**
 * docs/broker.md lists Legwork's assumptions about the broker: the cards, word for word, with existing places in the
 * code.
 */
import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { listFaults } from 'ib-gateway';
import { AREAS, CARDS } from '../../src/paper-check/cards/index.js';
import { ROOT, read, tableRows } from './support.js';

const page = read('docs/broker.md');
const [beforeCards = '', fromCards = ''] = page.split('<!-- cards -->');
const [cardText = '', afterCards = ''] = fromCards.split('<!-- end -->');

const placeOf = (cell = '') => /^\[[^\]]+\]\(\.\.\/((?:src|packages)\/[^)]+)\)$/.exec(cell)?.[1] ?? cell;
const quoted = (cell = '') => cell.replace(/^`|`$/g, '');

describe('the assumptions with a card', () => {
  const rows = tableRows(cardText).map(([number, assumption, source, card, place]) => ({
    number: Number(number),
    ...{ assumption, source, id: quoted(card), place: placeOf(place) },
  }));

  it('are the cards, in their order and word for word', () => {
    const cards = CARDS.map(({ id, assumption, source, place }, index) => ({
      number: index + 1,
      assumption,
      source,
      id,
      place,
    }));
    expect(rows).toEqual(cards);
    expect(rows.length).toBeGreaterThanOrEqual(40);
  });

  it('are listed under the areas of their trials', () => {
    const titles = [...cardText.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(AREAS.map(({ title }) => title));
  });

  it('have unique ids, and every place is a file', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(rows.filter(({ place }) => !existsSync(`${ROOT}${place}`))).toEqual([]);
  });

  it('name a public source, a method and an open question', () => {
    for (const { id, source, method } of CARDS) {
      expect([id, source]).toEqual([id, expect.stringMatching(/\S{3}/)]);
      expect([id, method]).toEqual([id, expect.stringMatching(/\.$/)]);
      expect(`${source} ${method}`).not.toMatch(/(^|\s)\/\w/);
    }
  });
});

describe('the assumptions without one', () => {
  const rows = tableRows(afterCards);
  const faults = new Set(listFaults().map(({ name }) => name));

  it('have an existing file as place, and a fault that simulates them', () => {
    expect(rows.length).toBeGreaterThan(5);
    for (const [assumption, , place, fault = ''] of rows) {
      expect([assumption, existsSync(`${ROOT}${placeOf(place)}`)]).toEqual([assumption, true]);
      for (const [, name = ''] of fault.matchAll(/`(\w+)`/g))
        expect([assumption, faults.has(name)]).toEqual([assumption, true]);
    }
  });
});

it('the exit codes of the command are documented', () => {
  for (const code of ['0', '1', '3', '4']) expect(beforeCards).toMatch(new RegExp(`\\b${code} `));
});

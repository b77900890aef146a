import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Html, html } from './html.ts';

test('text from outside cannot become markup, between tags or in an attribute', () => {
  const attack = `"><script>alert('1')</script>&`;
  const page = String(html`<p title="${attack}">${attack}</p>`);
  assert.doesNotMatch(page, /<script|alert\('|title=""/);
  assert.equal(page.match(/&#60;script&#62;/g)?.length, 2);
});

test('markup made here passes as it is, text that only looks like it does not', () => {
  assert.equal(
    String(html`<ul>${[1, 2].map((n) => html`<li>${n}</li>`)}</ul>`),
    '<ul><li>1</li><li>2</li></ul>',
  );
  assert.equal(String(html`${String(new Html('<b>'))}`), '&#60;b&#62;');
  assert.equal(String(html`${{ toString: () => '<b>' } as unknown as string}`), '&#60;b&#62;');
});

test('what is not there leaves nothing behind, and zero is there', () => {
  assert.equal(String(html`${null}${undefined}${false}${0}${''}`), '0');
});

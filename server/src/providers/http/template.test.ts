import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fill, fillTyped, readTemplate, type Template } from './template.ts';

const KNOWN = ['to', 'text', 'seconds', 'isFlash', 'nothing'];
const VALUES: Record<string, string> = {
  to: '+31612345678',
  text: 'a{to}"b',
  seconds: '30',
  isFlash: 'true',
};
const lookup = (name: string) => VALUES[name] ?? null;

function template(source: string): Template {
  const read = readTemplate(source, KNOWN);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

test('names are filled in once, and their values are not read again', () => {
  assert.equal(fill(template('to={to}; {text}'), lookup), 'to=+31612345678; a{to}"b');
  assert.equal(fill(template('{{to}} {to}'), lookup), '{to} +31612345678');
  assert.equal(fill(template('{to}'), lookup, encodeURIComponent), '%2B31612345678');
});

test('a text that names what there is not is left out', () => {
  assert.equal(fill(template('x {nothing}'), lookup), null);
  assert.equal(fillTyped(template('{nothing:number}'), lookup), undefined);
});

test('a typed name alone is a number or a truth value', () => {
  assert.equal(fillTyped(template('{seconds:number}'), lookup), 30);
  assert.equal(fillTyped(template('{seconds}'), lookup), '30');
  assert.equal(fillTyped(template('{isFlash:boolean}'), lookup), true);
  assert.equal(fillTyped(template('{text:number}'), lookup), undefined);
});

test('what is wrong with a template is told', () => {
  assert.equal(readTemplate('{txt}', KNOWN), 'there is no {txt}; did you mean {text}?');
  assert.match(String(readTemplate('{whatever-it-is}', KNOWN)), /there are to, text/);
  assert.equal(readTemplate('a } b', KNOWN), 'a single } must be written }}');
  assert.equal(readTemplate('{to', KNOWN), 'a single { must be written {{');
  assert.equal(
    readTemplate('in {seconds:number} s', KNOWN),
    'a {name:number} or {name:boolean} stands alone',
  );
});

test('whatever the values are, JSON made from a template parses to them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (value) => {
      const filled = fillTyped(template('{text}'), () => value);
      return JSON.parse(JSON.stringify({ filled })).filled === value;
    }),
  );
});

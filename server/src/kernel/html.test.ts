import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { attribute, html, markupThatNobodyEscaped } from './html.ts';
import { readTemplate } from './html-places.ts';

const text = (value: unknown) => String(value);

describe('a template', () => {
  test('shows what a stranger typed as text, never as an element', () => {
    const attack = '<script>alert(1)</script><img src=x onerror=alert(1)>';
    const shown = text(html`<p>${attack}</p>`);
    assert.equal(shown, '<p>&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;</p>');
  });

  test('keeps what a stranger typed inside the quotes of an attribute', () => {
    const attack = `" onfocus="alert(1)' autofocus='`;
    assert.equal(
      text(html`<input value="${attack}"><input value='${attack}'>`),
      `<input value="&quot; onfocus=&quot;alert(1)&#39; autofocus=&#39;"><input value='&quot; onfocus=&quot;alert(1)&#39; autofocus=&#39;'>`,
    );
    assert.equal(
      text(html`<input${attribute('value', attack)}>`),
      '<input value="&quot; onfocus=&quot;alert(1)&#39; autofocus=&#39;">',
    );
  });

  test('escapes an ampersand once, so that a reference a stranger typed is shown and not read', () => {
    assert.equal(text(html`<p>${'&lt;b&gt; & ä'}</p>`), '<p>&amp;lt;b&amp;gt; &amp; ä</p>');
  });

  test('joins lists, drops null, undefined and false, and writes numbers, zero and true', () => {
    const rows = ['a', 'b<'].map((each) => html`<li>${each}</li>`);
    assert.equal(
      text(html`<ul>${rows}${null}${undefined}${false}</ul>`),
      '<ul><li>a</li><li>b&lt;</li></ul>',
    );
    assert.equal(text(html`${0}${1.5}${true}${['<', [null, '>']]}`), '01.5true&lt;&gt;');
  });

  test('lets nested templates pass between tags and nowhere else', () => {
    assert.equal(text(html`<p>${html`<b>${'<'}</b>`}</p>`), '<p><b>&lt;</b></p>');
    assert.throws(
      () => html`<p title="${html`<b id="x">y</b>`}"></p>`,
      /Markup may not stand in an attribute/,
    );
    assert.throws(() => html`<p>${attribute('id', 'x')}</p>`, /attribute between tags/);
    assert.throws(() => html`<p${html`<b></b>`}></p>`, /Markup may not stand/);
  });

  test('does not take parsed JSON for markup, whatever its shape', () => {
    for (const forged of [
      '{"markup":"<b>"}',
      '{"toString":"<b>"}',
      '{"__proto__":{"constructor":{"name":"Html"}}}',
    ]) {
      const value: never = JSON.parse(forged) as never;
      assert.throws(() => html`<p>${value}</p>`, /not object/);
    }
    for (const value of [Symbol('x'), () => '<b>', new Date(0), 1n]) {
      assert.throws(() => html`<p>${value as never}</p>`, TypeError);
    }
  });

  test('refuses a value wherever escaping cannot make it safe, also when that value is harmless', () => {
    const safe = 'x';
    const refused: [() => unknown, RegExp][] = [
      [() => html`<a href=${safe}>x</a>`, /value of href is not in quotes/],
      [() => html`<a href=/user/${safe}>x</a>`, /value of href is not in quotes/],
      [() => html`<p onclick="${safe}">x</p>`, /onclick is code/],
      [() => html`<p style="color:${safe}">x</p>`, /style is code/],
      [() => html`<iframe srcdoc="${safe}"></iframe>`, /srcdoc is code/],
      [() => html`<script>const x = '${safe}';</script>`, /inside <script>/],
      [() => html`<style>p{color:${safe}}</style>`, /inside <style>/],
      [() => html`<!-- ${safe} -->`, /inside a comment/],
      [() => html`<${safe}>`, /name of a tag/],
      [() => html`</${safe}>`, /name of a tag/],
      [() => html`<p ${safe}>x</p>`, /Use attribute\(\)/],
      [() => html`<p data-${safe}="x">x</p>`, /where an attribute should stand/],
      [() => html`<p ${safe}="x">x</p>`, /where an attribute should stand/],
      [() => html`<h${2}>x</h2>`, /not number \(in attributes\)/],
      [() => html`<p title="${safe}`, /ends inside/],
      [() => html`<p>1 < 2</p>`, /written &lt;/],
      [() => attribute('onclick', safe), /onclick is code/],
      [() => attribute('a onclick', safe), /not the name of an attribute/],
    ];
    for (const [render, sentence] of refused) assert.throws(render, sentence, render.toString());
  });

  test('takes a value in a title and a text area, where escaping holds', () => {
    assert.equal(
      text(html`<title>${'</title><script>'}</title><textarea>${'</textarea>'}</textarea>`),
      '<title>&lt;/title&gt;&lt;script&gt;</title><textarea>&lt;/textarea&gt;</textarea>',
    );
  });

  test('writes whole documents, comments, static scripts and inline drawings unchanged', () => {
    const page = html`<!doctype html><html lang="en"><head><title>a</title><script type="module" src="/x.js"></script></head>
<body><!-- a > b --><svg viewBox="0 0 1 1"><path d="M0 0"/></svg><input required><p>a &lt; b</p></body></html>`;
    assert.match(text(page), /^<!doctype html>.*<path d="M0 0"\/><\/svg><input required>/s);
  });
});

test('an attribute is left out for null, undefined and false, and bare for true', () => {
  assert.equal(
    text(html`<a${attribute('id', null)}${attribute('title', undefined)}${attribute('hidden', false)}>x</a>`),
    '<a>x</a>',
  );
  assert.equal(
    text(html`<a${attribute('hidden', true)}${attribute('tabindex', 0)}>`),
    '<a hidden tabindex="0">',
  );
});

describe('the templates of the source', () => {
  const root = resolve(import.meta.dirname, '../../..');
  const files = ['server/src', 'birdbank/src']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(root, folder, name),
      ),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

  test('hold no value that is unquoted or in a script, a style, a comment or an event handler', () => {
    let seen = 0;
    for (const file of files) {
      for (const template of templatesIn(readFileSync(file, 'utf8'))) {
        seen += 1;
        const places = readTemplate(template.strings);
        const where = `${relative(root, file)}:${template.line}`;
        assert.notEqual(typeof places, 'string', `${where}: ${text(places)}`);
        for (const [index, place] of (places as string[]).entries()) {
          if (place !== 'attributes') continue;
          const value = template.values[index] ?? '';
          assert.match(value, /^\s*(attribute\(|\w+(\.map)?\()/, `${where}: \${${value}} among attributes`);
        }
      }
    }
    assert.ok(seen > 10, `only ${seen} templates were found`);
  });

  // Each use of unescaped markup, with its reason. There is none.
  const UNESCAPED: Record<string, string> = {};

  test('let markup through unescaped only where it is listed here', () => {
    const users = files
      .filter((file) => readFileSync(file, 'utf8').includes(markupThatNobodyEscaped.name))
      .map((file) => relative(root, file))
      .filter((file) => file !== 'server/src/kernel/html.ts');
    assert.deepEqual(users, Object.keys(UNESCAPED));
    assert.equal(text(html`<p>${markupThatNobodyEscaped('<b>')}</p>`), '<p><b></p>');
  });

  test('are found with their values, nested ones too', () => {
    const source =
      'const a = html`<p>§{f({ b: `§{"}"}` })}§{html`<i>§{x}</i>`}</p>`; // html`no`\n"html`no`"';
    assert.deepEqual(
      templatesIn(source.replaceAll('§', '$')).map(({ strings, values }) => [
        strings,
        values.map((value) => value.replaceAll('$', '§')),
      ]),
      [
        [['<i>', '</i>'], ['x']],
        [
          ['<p>', '', '</p>'],
          ['f({ b: `§{"}"}` })', 'html`<i>§{x}</i>`'],
        ],
      ],
    );
  });
});

type Found = { strings: string[]; values: string[]; line: number };

/** Every html`` in a TypeScript source. Knows strings, comments and nested templates; enough for our own code. */
function templatesIn(source: string): Found[] {
  const found: Found[] = [];
  readCode(0, null);
  return found;

  /** Reads code up to an unmatched closing brace (or the end), and tells where that is. */
  function readCode(from: number, end: '}' | null): number {
    let at = from;
    let depth = 0;
    while (at < source.length) {
      const character = source[at];
      if (source.startsWith('//', at)) at = indexOr(source.indexOf('\n', at));
      else if (source.startsWith('/*', at)) at = indexOr(source.indexOf('*/', at) + 1);
      else if (character === "'" || character === '"') at = readQuoted(at, character);
      else if (character === '`')
        at = readTemplateAt(at, /\bhtml$/.test(source.slice(Math.max(0, at - 5), at)));
      else if (character === '{') depth += 1;
      else if (character === '}' && end !== null && depth === 0) return at;
      else if (character === '}') depth -= 1;
      at += 1;
    }
    return at;
  }
  function indexOr(at: number): number {
    return at < 0 ? source.length : at;
  }
  function readQuoted(from: number, quote: string): number {
    let at = from + 1;
    while (at < source.length && source[at] !== quote && source[at] !== '\n')
      at += source[at] === '\\' ? 2 : 1;
    return at;
  }
  function readTemplateAt(from: number, wanted: boolean): number {
    const strings: string[] = [];
    const values: string[] = [];
    let start = from + 1;
    let at = start;
    for (; at < source.length && source[at] !== '`'; at += source[at] === '\\' ? 2 : 1) {
      if (!source.startsWith('${', at)) continue;
      strings.push(source.slice(start, at));
      const close = readCode(at + 2, '}');
      values.push(source.slice(at + 2, close));
      start = close + 1;
      at = close;
    }
    strings.push(source.slice(start, at));
    if (wanted) found.push({ strings, values, line: source.slice(0, from).split('\n').length });
    return at;
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLanguage, VOICE_LANGUAGES } from './languages.ts';

test('the languages are the 34 of the contract, each once, and read in every client`s spelling', () => {
  assert.equal(VOICE_LANGUAGES.length, 34);
  assert.equal(new Set(VOICE_LANGUAGES).size, 34);
  for (const language of VOICE_LANGUAGES) {
    assert.match(language, /^[a-z]{2}-[a-z]{2}(-[a-z]{3})?$/);
    for (const spelling of [language, language.toUpperCase(), language.replaceAll('-', '_'), ` ${language} `])
      assert.equal(readLanguage(spelling), language);
  }
});

test('a language that is not spoken is null', () => {
  for (const typed of ['', 'en', 'gb-en', 'en-gb-', 'english', 'xx-yy', 'constructor', 'en–gb'])
    assert.equal(readLanguage(typed), null, typed);
});

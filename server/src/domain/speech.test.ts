import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VOICE_LANGUAGES } from './languages.ts';
import { VOICES } from './message.ts';
import { escapeXml, languageTag, plainSpeech, type Spoken, speechOf, ssmlSpeech } from './speech.ts';
import { fillWording } from './template.ts';
import { findWords, SHIPPED_BOOK } from './words/book.ts';

const CODE = '048291';
const spoken = (text: string, language = 'en-gb', code = CODE): Spoken => ({
  ...{ text, code, wording: { language, voice: 'female' } },
});

test('a code is said digit by digit, and three times in all', () => {
  assert.equal(
    plainSpeech(speechOf(spoken(`Your code is: ${CODE}`))),
    'Your code is: 0, 4, 8, 2, 9, 1. Once more: 0, 4, 8, 2, 9, 1. Once more: 0, 4, 8, 2, 9, 1.',
  );
});

test('each of the 34 languages has words of its own, digits that no voice makes a number of, in both voices', () => {
  for (const language of VOICE_LANGUAGES) {
    for (const voice of VOICES) {
      const text = fillWording(findWords(SHIPPED_BOOK, 'tts', language), CODE, 'tts');
      const speech = speechOf({ text, code: CODE, wording: { language, voice } });
      assert.deepEqual([speech.language, speech.voice], [language, voice]);
      const said = plainSpeech(speech);
      assert.equal(
        said.match(/0(?:, |、|，)4(?:, |、|，)8(?:, |、|，)2(?:, |、|，)9(?:, |、|，)1/g)?.length,
        3,
        said,
      );
      assert.doesNotMatch(said, /\d\d/, said);
      assert.equal(said.includes('Once more'), language.startsWith('en'), said);
    }
  }
});

test('a text without a code is said once, as it is', () => {
  assert.equal(
    plainSpeech(speechOf(spoken('Hello 112, how are you?', 'en-gb', ''))),
    'Hello 112, how are you?',
  );
});

test('SSML holds the sentences and the silences between them, and nothing that a template could add', () => {
  const text = `<break time="10s"/>&amp;${CODE} "it's" </speak>`;
  assert.equal(
    ssmlSpeech(speechOf(spoken(text, 'nl-nl'))),
    '<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="nl-NL"><break time="500ms"/>' +
      '<s>&lt;break time=&quot;10s&quot;/&gt;&amp;amp;0, 4, 8, 2, 9, 1 &quot;it&apos;s&quot; &lt;/speak&gt;.</s>' +
      '<break time="1000ms"/><s>Nogmaals: 0, 4, 8, 2, 9, 1.</s>' +
      '<break time="1000ms"/><s>Nogmaals: 0, 4, 8, 2, 9, 1.</s></speak>',
  );
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (any) => {
    const ssml = ssmlSpeech(speechOf(spoken(any + CODE)));
    assert.deepEqual(
      ssml.match(/<[^>]*>/g)?.map((tag) => tag.split(' ')[0]),
      [...['<speak', '<break', '<s>', '</s>', '<break', '<s>', '</s>', '<break', '<s>', '</s>', '</speak>']],
    );
    assert.doesNotMatch(escapeXml(any), /[<>"']|(?![\t\n\r])\p{Cc}(?<![\u007f-\u009f])|[\ufffe\uffff]/u);
    assert.ok(ssml.isWellFormed());
  });
  fc.assert(property, { numRuns: 500 });
});

test('languages are written as BCP 47 has them', () => {
  assert.deepEqual(['nl-nl', 'zh-hk', 'en-gb-wls'].map(languageTag), ['nl-NL', 'zh-HK', 'en-GB']);
});

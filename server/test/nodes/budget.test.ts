import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberNo, wrong } from '../wire/wire.ts';
import { type Nodes, startNodes } from './nodes.ts';

test('400 rounds of creating and guessing at one number over two nodes: ten guesses are judged, and no more', async (t) => {
  const nodes = await startNodes(t);
  let judged = 0;
  const attack = async (i: number) => {
    const made = await nodes
      .of(i)
      .call('POST', '/verify', { json: { recipient: numberNo(1), returnToken: true } });
    if (made.status !== 201) return assert.equal(made.status, 422, made.text);
    for (let guess = 1; guess <= 3; guess += 1) {
      const { id, token } = made.body;
      const answer = await nodes.of(i + guess).call('GET', `/verify/${id}?token=${wrong(token)}`);
      assert.equal(answer.status, 422, answer.text);
      if (answer.headers.has('roost-attempts-left')) judged += 1;
    }
  };
  for (let i = 0; i < 400; i += 20) await Promise.all(Array.from({ length: 20 }, (_, j) => attack(i + j)));
  assert.equal(judged, 10);
});

test('of 60 parallel creates for one number over two nodes three succeed, in each of 8 rounds', async (t) => {
  const nodes = await startNodes(t);
  for (let round = 0; round < 8; round += 1) {
    const answers = await createMany(nodes, numberNo(round), 60);
    const made = answers.filter(({ status }) => status === 201);
    assert.equal(made.length, 3, `round ${round}`);
    assert.equal(answers.filter(({ status }) => status === 422).length, 57);
  }
});

const createMany = (nodes: Nodes, recipient: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, i) => nodes.of(i).call('POST', '/verify', { json: { recipient } })),
  );

import { header, requestText } from '../driver/client.ts';
import { recipient } from '../driver/numbers.ts';
import { between, type Random, seeded } from '../driver/random.ts';
import { type Made, VerifyClient, wrongToken } from '../driver/verify-client.ts';
import { allAtOnce, type RaceAnswer } from './last-byte.ts';

export type RaceOptions = {
  readonly urls: readonly string[];
  readonly accessKey: string;
  readonly rounds: number;
  /** Checks at once. */
  readonly parallel: number;
  readonly seed: number;
  /** The first recipient to use (see driver/numbers.ts). */
  readonly firstNumber: number;
};
export type RightCodeResult = {
  readonly rounds: number;
  readonly successes: number;
  /** Rounds in which not exactly one was told that the code is right. */
  readonly wrongRounds: readonly string[];
};
export type GuessResult = {
  readonly rounds: number;
  readonly verified: number;
  /** Rounds in which not exactly as many guesses were judged as the limit grants. */
  readonly wrongRounds: readonly string[];
};

const LIMIT = 3;

/** Many checks at once with the right code: exactly one of each round may succeed. */
export async function raceRightCode(options: RaceOptions): Promise<RightCodeResult> {
  const wrongRounds: string[] = [];
  let successes = 0;
  await eachRound(options, async (made, random, round) => {
    const asked = Array.from({ length: options.parallel }, () =>
      check(options.accessKey, made.id, made.token, random),
    );
    const answers = await allAtOnce(options.urls, asked);
    const successful = answers.filter((answer) => answer.status === 200).length;
    successes += successful;
    if (successful !== 1) wrongRounds.push(`round ${round}: ${successful} successes; ${tally(answers)}`);
  });
  return { rounds: options.rounds, successes, wrongRounds };
}

/**
 * Many different guesses at once, the right one hidden among them, at a limit of 3: exactly three are judged,
 * so it is found in few rounds (3 in 500 of them), and never after the limit.
 */
export async function raceGuesses(options: RaceOptions): Promise<GuessResult> {
  const wrongRounds: string[] = [];
  let verified = 0;
  await eachRound(options, async (made, random, round) => {
    const hidden = between(random, 0, options.parallel - 1);
    const asked = Array.from({ length: options.parallel }, (_, i) => {
      const token = i === hidden ? made.token : wrongToken(made.token, i + 1);
      return check(options.accessKey, made.id, token, random);
    });
    const answers = await allAtOnce(options.urls, asked);
    const right = answers.filter((answer) => answer.status === 200).length;
    const wrong = answers.filter((answer) => header(answer.text, 'Roost-Attempts-Left') !== null).length;
    verified += right;
    const asGranted = right === 1 ? wrong < LIMIT : right === 0 && wrong === LIMIT;
    if (!asGranted) wrongRounds.push(`round ${round}: ${right} right, ${wrong} wrong; ${tally(answers)}`);
  });
  return { rounds: options.rounds, verified, wrongRounds };
}

async function eachRound(
  options: RaceOptions,
  work: (made: Made, random: Random, round: number) => Promise<void>,
): Promise<void> {
  const client = new VerifyClient(options.urls[0] ?? '', options.accessKey);
  for (let round = 0; round < options.rounds; round++) {
    const made = await client.create(recipient(options.firstNumber + round), LIMIT, 600);
    if (typeof made === 'string') throw new Error(`no verification to race for: ${made}`);
    await work(made, seeded(options.seed + round), round);
  }
  client.close();
}

/** Half of the checks come by GET, half by POST: two doors, one judge. */
function check(accessKey: string, id: string, token: string, random: Random): (host: string) => string {
  const byGet = random() < 0.5;
  return (host) => {
    const head = `Host: ${host}\r\nAuthorization: AccessKey ${accessKey}\r\n`;
    return byGet
      ? requestText('GET', `/verify/${id}?token=${token}`, head)
      : requestText('POST', `/verify/${id}`, head, { token });
  };
}

function tally(answers: readonly RaceAnswer[]): string {
  const counts = Map.groupBy(answers, (answer) => answer.status);
  return [...counts].map(([status, those]) => `${status}: ${those.length}`).join(', ');
}

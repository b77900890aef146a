import { requestText } from './client.ts';
import { recipient } from './numbers.ts';

/** What a check needs of an earlier create. */
export type Ticket = {
  readonly id: string;
  readonly token: string;
  /** The factor that the code is of, where a challenge is answered. */
  readonly factor?: string;
};

/** How one kind of server is asked for the same work. Add one here to measure another server. */
export type Dialect = {
  /** The bytes of "send a code to recipient `n`"; with `revealed`, so that the answer holds the code. */
  create(n: number, revealed: boolean): string;
  readonly createdStatus: number;
  /** Reads a create's answer; null when it holds no code. */
  ticket(text: string, bodyStart: number, n: number): Ticket | null;
  /** The bytes of "this is the code". */
  check(ticket: Ticket): string;
  readonly checkedStatus: number;
};
export type DialectName = 'messagebird' | 'challenge' | 'better-auth' | 'better-auth-signup';

/** How long a code made for a measurement is valid, in seconds: longer than any run between create and check. */
const TIMEOUT_S = 3_600;

export function dialect(name: DialectName, baseUrl: string, accessKey: string): Dialect {
  const host = new URL(baseUrl).host;
  switch (name) {
    case 'messagebird':
      return messageBird(`Host: ${host}\r\nAuthorization: AccessKey ${accessKey}\r\n`);
    case 'challenge':
      return challenge(`Host: ${host}\r\nAuthorization: AccessKey ${accessKey}\r\n`);
    case 'better-auth':
      return betterAuth(`Host: ${host}\r\nOrigin: ${baseUrl}\r\n`, '/consume');
    case 'better-auth-signup':
      return betterAuth(`Host: ${host}\r\nOrigin: ${baseUrl}\r\n`, '/api/auth/phone-number/verify');
  }
}

function messageBird(head: string): Dialect {
  return {
    create(n, revealed) {
      const body = { recipient: recipient(n), timeout: TIMEOUT_S };
      return requestText('POST', '/verify', head, revealed ? { ...body, returnToken: true } : body);
    },
    createdStatus: 201,
    ticket(text, bodyStart) {
      const id = stringAfter(text, '"id":"', bodyStart);
      const token = stringAfter(text, '"token":"', bodyStart);
      return id === null || token === null ? null : { id, token };
    },
    check: ({ id, token }) => requestText('GET', `/verify/${id}?token=${token}`, head),
    checkedStatus: 200,
  };
}

/** Roost's own API. Challenges are made beforehand (see targets/enrolled.ts): asking takes several requests. */
function challenge(head: string): Dialect {
  return {
    create: () => {
      throw new Error('challenges are given, not made');
    },
    createdStatus: 201,
    ticket: () => null,
    check: ({ id, factor, token }) =>
      requestText('POST', `/v1/challenges/${id}/check`, head, { factor, code: token }),
    checkedStatus: 200,
  };
}

/** The code comes in a header that our target adds, since a real one would send it by SMS. */
function betterAuth(head: string, checkPath: string): Dialect {
  return {
    create: (n) =>
      requestText('POST', '/api/auth/phone-number/send-otp', head, { phoneNumber: recipient(n) }),
    createdStatus: 200,
    ticket(text, _bodyStart, n) {
      const at = text.indexOf('x-bench-code: ');
      return at < 0 ? null : { id: recipient(n), token: text.slice(at + 14, at + 20) };
    },
    check: ({ id, token }) =>
      requestText('POST', checkPath, head, { phoneNumber: id, code: token, disableSession: true }),
    checkedStatus: 200,
  };
}

function stringAfter(text: string, marker: string, from: number): string | null {
  const at = text.indexOf(marker, from);
  if (at < 0) return null;
  const start = at + marker.length;
  return text.slice(start, text.indexOf('"', start));
}

import { Secret, TOTP } from 'otpauth';

/** An authenticator app that holds this secret, by the clock of the test. */
export class AuthenticatorApp {
  readonly #totp: TOTP;
  readonly #nowMs: () => number;

  constructor(base32: string, nowMs: () => number) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(base32.replaceAll(' ', '')) });
    this.#nowMs = nowMs;
  }

  code(): string {
    return this.#totp.generate({ timestamp: this.#nowMs() });
  }
}

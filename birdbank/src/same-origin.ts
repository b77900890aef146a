type Sent = {
  readonly protocol: string;
  readonly host: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
};

/**
 * Whether a form may come from one of our own pages, as far as the browser tells. The token in the form decides; this
 * refuses other sites even before, and pages of sibling hosts, whose cookies a browser would send along.
 */
export function isSameOrigin({ protocol, host, headers }: Sent): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin } = headers;
  // Our own pages send `null`, because they ask for no referrer.
  return origin === undefined || origin === 'null' || origin === `${protocol}://${host}`;
}

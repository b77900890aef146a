import { attribute, type Html, html } from '../../kernel/html.ts';
import { copyable } from './pieces.ts';

/** A program's way here with a key. The README has the same lines, and says how each was tried. */
type Snippet = { readonly name: string; readonly code: string; readonly note?: string };

/** The ways in for curl, our own client, and each of MessageBird's libraries with how its address is changed. */
export function snippetsFor(origin: string, key: string, mode: 'live' | 'test'): readonly Snippet[] {
  const { protocol, host } = new URL(origin);
  const recipient = mode === 'test' ? '447700900001' : '31612345678';
  return [
    {
      name: 'curl',
      code: `curl ${origin}/verify -H 'Authorization: AccessKey ${key}' -d recipient=${recipient} -d timeout=300`,
    },
    {
      name: 'TypeScript: @roost/client',
      code: `import { Roost } from '@roost/client';\n\nconst roost = new Roost({ url: '${origin}', accessKey: '${key}' });`,
    },
    {
      name: 'Node: messagebird',
      note: 'The library has no setting for its address; examples/messagebird-node/shim.js of Roost is loaded before it.',
      code: `// ROOST_URL=${origin} node --import ./shim.js your-program.js\nconst messagebird = require('messagebird').initClient('${key}');`,
    },
    {
      name: 'Python: messagebird',
      code: `import messagebird\nimport messagebird.client\n\nmessagebird.client.ENDPOINT = '${origin}/'\nclient = messagebird.Client('${key}')`,
    },
    {
      name: 'PHP: messagebird/php-rest-api',
      code: `$http = new MessageBird\\Common\\HttpClient('${origin}');\n$client = new MessageBird\\Client('${key}', $http);`,
    },
    {
      name: 'Ruby: messagebird-rest',
      code: `class RoostHttp < MessageBird::HttpClient\n  def endpoint = '${origin}/'\n  def build_http_client(uri) = super.tap { |http| http.use_ssl = uri.scheme == 'https' }\nend\nclient = MessageBird::Client.new('${key}', RoostHttp.new('${key}'))`,
    },
    {
      name: 'Go: go-rest-api',
      code: `type toRoost struct{}\n\nfunc (toRoost) RoundTrip(r *http.Request) (*http.Response, error) {\n\tr = r.Clone(r.Context())\n\tr.URL.Scheme, r.URL.Host, r.Host = "${protocol.slice(0, -1)}", "${host}", ""\n\treturn http.DefaultTransport.RoundTrip(r)\n}\n\nclient := messagebird.New("${key}")\nclient.HTTPClient.Transport = toRoost{}`,
    },
    {
      name: 'Java: messagebird-api',
      code: `MessageBirdService service = new MessageBirdServiceImpl("${key}", "${origin}");\nMessageBirdClient client = new MessageBirdClient(service);`,
    },
    {
      name: 'C#: MessageBird',
      code: `MessageBird.Resources.Resource.DefaultBaseUrl = "${origin}";\nvar client = MessageBird.Client.CreateDefault("${key}");`,
    },
  ];
}

/** The snippets, the first two open. */
export const snippetList = (snippets: readonly Snippet[]): Html =>
  html`${snippets.map(
    ({ name, code, note }, i) =>
      html`<details class="snippet"${attribute('open', i < 2)}><summary>${name}</summary>${note === undefined ? null : html`<p class="soft">${note}</p>`}${copyable(code)}</details>`,
  )}`;

type Values = { readonly [name: string]: unknown };

/**
 * Fills in a template of our chart, as Helm would: values, `| quote`, `| default`, `range` over a map, `toYaml | nindent`.
 * It knows no more than our templates use, and refuses the rest.
 */
export function renderTemplate(template: string, root: Values): string {
  const lines: string[] = [];
  let loop: { readonly list: string; readonly body: string[] } | null = null;
  for (const line of template.split('\n')) {
    const range = /^\s*\{\{- range \$name, \$value := (\S+) \}\}$/.exec(line);
    if (range !== null) loop = { list: range[1] ?? '', body: [] };
    else if (/^\s*\{\{- end \}\}$/.test(line) && loop !== null) {
      for (const [name, value] of Object.entries(valueAt(loop.list, root) as Values)) {
        const local = { ...root, $name: name, $value: value };
        lines.push(...loop.body.map((each) => filledIn(each, local)));
      }
      loop = null;
    } else if (loop !== null) loop.body.push(line);
    else lines.push(filledIn(line, root));
  }
  return lines.join('\n');
}

function filledIn(line: string, root: Values): string {
  const block = /^\s*\{\{- toYaml (\S+) \| nindent (\d+) \}\}$/.exec(line);
  if (block !== null)
    return `${' '.repeat(Number(block[2]))}${JSON.stringify(valueAt(block[1] ?? '', root))}`;
  return line.replace(/\{\{ ?(.*?) ?\}\}/g, (_, expression: string) => evaluated(expression, root));
}

function evaluated(expression: string, root: Values): string {
  const [first = '', ...filters] = expression.split(' | ');
  let value = valueAt(first, root);
  for (const filter of filters) {
    const [name, argument = ''] = filter.split(' ');
    if (name === 'quote') value = JSON.stringify(String(value));
    else if (name === 'default') value = value === '' ? valueAt(argument, root) : value;
    else throw new Error(`the templates use ${filter}, which this test does not know`);
  }
  return String(value);
}

function valueAt(path: string, root: Values): unknown {
  const names = path.startsWith('$') ? [path] : path.slice(1).split('.');
  const found = names.reduce<unknown>((value, name) => (value as Values | undefined)?.[name], root);
  if (found === undefined) throw new Error(`the templates use ${path}, which no values file sets`);
  return found;
}

import { type RuleChange, ruleChanges } from '../../domain/guard/changes.ts';
import type { LayerDocument, LayerKey } from '../../domain/layer.ts';
import { type Html, html } from '../../kernel/html.ts';
import { type Drafted, replayFields, replayResult, type Span, spanIn } from './guard-replay.ts';
import type { GuardEditNeeds } from './guard-rules-view.ts';
import { changesRoom } from './layer-changes.ts';
import { changesAddress, projectAddress } from './layers-view.ts';
import type { Room } from './plugin.ts';

export type GuardChangesNeeds = GuardEditNeeds & {
  readonly currency: string | null;
  /** Judges the past by a draft. Nothing is sent, and nothing is changed. */
  readonly replay: (key: LayerKey, draft: LayerDocument, span: Span) => Promise<Drafted>;
};

/** Drafts and versions of rules. */
export const guardChangesRoom = (needs: GuardChangesNeeds): Room =>
  changesRoom({
    ...{ editing: needs.editing, changed: needs.changed, part: 'guard', act: 'guard' },
    words: {
      ...{ what: 'rules', editName: 'All rules', here: '/console/guard' },
      edit: (project) => `/console/guard/rules/${projectAddress(project)}`,
    },
    async effect(visit, layer, draft) {
      const changes = ruleChanges(needs.rulesWith(layer, layer.document), needs.rulesWith(layer, draft));
      const form = visit.may('guard')
        ? html`<form method="post" action="${`${changesAddress(layer)}/try`}" class="row">${visit.token}${replayFields({})}<button class="quiet">Replay the draft</button></form>`
        : null;
      return html`<h3>What rules become</h3>${rulesOf(changes)}${form}`;
    },
    trial: async (layer, draft, form) =>
      replayResult(await needs.replay(layer, draft, spanIn(form)), needs.currency),
  });

function rulesOf(changes: readonly RuleChange[]): Html {
  if (changes.length === 0) return html`<p class="soft">They stay as they are.</p>`;
  const items = changes.map(
    ({ rule, change, fields }) =>
      html`<li><code>${rule}</code>: ${change === 'removed' ? 'taken away' : html`${change === 'added' ? 'new: ' : null}${fields.map(({ name, from, to }) => (change === 'added' ? `${name} ${to}` : `${name} ${from} → ${to}`)).join(', ')}`}</li>`,
  );
  return html`<ul class="plain">${items}</ul>`;
}

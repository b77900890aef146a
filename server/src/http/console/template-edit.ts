import { type EntryChange, editDraft } from '../../app/layers/edit.ts';
import { readLayer } from '../../app/layers/read.ts';
import { entryAt, type Layer, type LayerDocument, type LayerKey, textOfEntry } from '../../domain/layer.ts';
import { CHANNELS, type Channel } from '../../domain/message.ts';
import type { Price } from '../../domain/price.ts';
import type { WordBook } from '../../domain/words/book.ts';
import type { AppPolicy } from '../../domain/words/last-line.ts';
import { readLocale } from '../../domain/words/locales.ts';
import { refuse } from '../../kernel/failure.ts';
import { sendHtml } from '../page.ts';
import { changesRoom } from './layer-changes.ts';
import { authorNames, changesAddress, type LayerNeeds, projectAddress, projectIn } from './layers-view.ts';
import { hidden } from './pieces.ts';
import type { Room } from './plugin.ts';
import { type TemplateForm, type TemplatePage, templateEditPage } from './template-edit-page.ts';
import { usualLocalePage } from './template-usual-page.ts';
import { MOST_TYPED } from './templates.ts';
import { type ConsoleForm, demand, redirect } from './visit.ts';

export type TemplateEditNeeds = LayerNeeds & {
  /** The words of a project without what is set for it here. */
  readonly below: (projectId: string) => WordBook;
  /** The words of a project with a document in the place of its layer. */
  readonly wordsWith: (key: LayerKey, document: LayerDocument) => WordBook;
  readonly policy: (projectId: string) => AppPolicy;
  readonly prices: readonly Price[];
};

type OfProject = { Params: { project: string }; Querystring: ConsoleForm; Body: ConsoleForm };
type OfText = OfProject & { Params: { project: string; channel: string; locale: string } };

/** Texts around a code, edited as a draft over the configuration file, with a preview while they are written. */
export const templateEditRoom =
  (needs: TemplateEditNeeds): Room =>
  (app, deps, visitOf) => {
    const { store } = deps.signIn;
    const base = '/console/templates/edit/:project';
    const layerOf = (project: string): Promise<Layer> =>
      readLayer({ store }, { part: 'templates', projectId: projectIn(project) });

    // Whoever begins a text in another language types its tag.
    app.get<OfProject>(base, hidden, async (request, reply) => {
      demand(request, 'templates');
      const { channel, locale } = placeOf({ channel: request.query.channel, locale: request.query.locale });
      const project = projectAddress(projectIn(request.params.project));
      return redirect(reply, `/console/templates/edit/${project}/${channel}/${locale}`);
    });

    app.get<OfText>(`${base}/:channel/:locale`, hidden, async (request, reply) => {
      demand(request, 'templates');
      const { channel, locale } = placeOf(request.params);
      const layer = await layerOf(request.params.project);
      const document = draftOf(layer);
      const { template, subject } = plainWords(needs.wordsWith(layer, document), channel, locale);
      const was = textOfEntry(entryAt(document, [channel, locale]));
      const form = { template, subject, was, digits: '10', country: '' };
      return sendHtml(
        request,
        reply,
        templateEditPage(visitOf(request), pageOf(layer, channel, locale, form)),
      );
    });

    // Shows what was typed as it would arrive. Nothing is kept, so it needs the role alone.
    app.post<OfText>(`${base}/:channel/:locale/preview`, hidden, async (request, reply) => {
      demand(request, 'templates');
      const { channel, locale } = placeOf(request.params);
      const layer = await layerOf(request.params.project);
      const page = pageOf(layer, channel, locale, formIn(request.body));
      return sendHtml(request, reply, templateEditPage(visitOf(request), page));
    });

    // A draft is nothing to anybody, so it wants no fresh factor: what was typed is never lost for the want of one.
    app.post<OfText>(`${base}/:channel/:locale`, hidden, async (request, reply) => {
      const by = demand(request, 'templates');
      const { channel, locale } = placeOf(request.params);
      const layer = await layerOf(request.params.project);
      const form = formIn(request.body);
      const entry = request.body.to === 'below' ? undefined : entryOf(layer, channel, locale, form);
      const change: EntryChange = { path: [channel, locale], entry, was: form.was };
      const edited = await editDraft(needs.editing, by.id, layer, [change]);
      if (edited.kind === 'done') return redirect(reply, `${changesAddress(layer)}?said=edited`);
      if (edited.kind === 'refused') {
        const page = { ...pageOf(layer, channel, locale, form), problems: edited.problems };
        return sendHtml(request, reply, templateEditPage(visitOf(request), page), 422);
      }
      const now = draftOf(edited.layer);
      const renewed = { ...form, was: textOfEntry(entryAt(now, [channel, locale])) };
      const nameOf = await authorNames(deps.people);
      const stale = {
        who: nameOf(edited.layer.draft === null ? edited.layer.author : edited.layer.draft.author),
        theirs: plainWords(needs.wordsWith(edited.layer, now), channel, locale).template,
      };
      const page = { ...pageOf(edited.layer, channel, locale, renewed), stale };
      return sendHtml(request, reply, templateEditPage(visitOf(request), page), 409);
    });

    app.get<OfProject>(`${base}/usual`, hidden, async (request, reply) => {
      demand(request, 'templates');
      const layer = await layerOf(request.params.project);
      const { locale } = needs.wordsWith(layer, draftOf(layer));
      return sendHtml(request, reply, usualLocalePage(visitOf(request), usualOf(layer, locale)));
    });

    app.post<OfProject>(`${base}/usual`, hidden, async (request, reply) => {
      const by = demand(request, 'templates');
      const layer = await layerOf(request.params.project);
      const typed = (request.body.locale ?? '').trim();
      const isBelow =
        request.body.to === 'below' || readLocale(typed) === needs.below(layer.projectId).locale;
      const change = { path: ['locale'], entry: isBelow ? undefined : typed, was: request.body.was ?? '' };
      const edited = await editDraft(needs.editing, by.id, layer, [change]);
      if (edited.kind === 'done') return redirect(reply, `${changesAddress(layer)}?said=edited`);
      const problem =
        edited.kind === 'refused'
          ? 'Set a language tag (BCP 47), such as nl or pt-BR.'
          : `Somebody changed it since you opened it. Save again to put yours over it.`;
      const page = { ...usualOf(edited.layer, typed), problem };
      return sendHtml(
        request,
        reply,
        usualLocalePage(visitOf(request), page),
        edited.kind === 'stale' ? 409 : 422,
      );
    });

    changesRoom({
      ...{ editing: needs.editing, changed: needs.changed, part: 'templates', act: 'templates' },
      words: {
        ...{ what: 'texts', editName: 'All texts', here: '/console/templates' },
        edit: (project) => `/console/templates?${new URLSearchParams({ project })}`,
      },
      effect: async () => null,
    })(app, deps, visitOf);

    const usualOf = (layer: Layer, typed: string) => ({
      ...{ layer, typed, below: needs.below(layer.projectId).locale, problem: null },
      was: textOfEntry(entryAt(draftOf(layer), ['locale'])),
    });

    /** Nothing where it says what is there without it. */
    function entryOf(
      layer: Layer,
      channel: Channel,
      locale: string,
      { template, subject }: TemplateForm,
    ): unknown {
      const below = needs.below(layer.projectId).channels[channel].get(locale);
      const isText = below !== undefined && plain(below.template) === template;
      const isSubject = channel !== 'email' || subject === '' || below?.subject === subject;
      if (isText && isSubject) return undefined;
      return channel === 'email' && subject !== '' ? { template, subject } : { template };
    }

    const pageOf = (layer: Layer, channel: Channel, locale: string, form: TemplateForm): TemplatePage => ({
      ...{ layer, channel, locale, form, problems: [], stale: null, prices: needs.prices },
      policy: needs.policy(layer.projectId),
      below: needs.below(layer.projectId).channels[channel].get(locale) ?? null,
      others: [...needs.wordsWith(layer, draftOf(layer)).channels[channel].keys()].sort(),
    });
  };

const draftOf = ({ draft, document }: Layer): LayerDocument => draft?.document ?? document;

/** As somebody wrote it: isolates around the code are added when it is sent. */
const plain = (template: string): string => template.replace(/[\u2068\u2069]/g, '');

function plainWords(book: WordBook, channel: Channel, locale: string) {
  const words = book.channels[channel].get(locale);
  return { template: plain(words?.template ?? ''), subject: words?.subject ?? '' };
}

/** @throws Failure `not_found` */
function placeOf(given: { readonly channel?: string | undefined; readonly locale?: string | undefined }) {
  const channel = CHANNELS.find((one) => one === given.channel);
  const locale = readLocale(given.locale ?? '');
  if (channel === undefined) throw refuse('not_found', 'There is no such channel.');
  if (locale === null)
    throw refuse('invalid_parameter', 'Set a language tag (BCP 47), such as nl or pt-BR.', 'locale');
  return { channel, locale };
}

const formIn = (body: ConsoleForm): TemplateForm => ({
  template: (body.template ?? '').slice(0, MOST_TYPED).replaceAll('\r\n', '\n').trimEnd(),
  subject: (body.subject ?? '').trim(),
  was: body.was ?? '',
  digits: body.digits ?? '10',
  country: (body.country ?? '').trim().toUpperCase(),
});

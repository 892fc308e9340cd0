import { useLocation } from 'preact-iso';
import { ProblemBanner } from '../live/problems';
import { integrations as words } from '../text/integrations';
import { Card, Empty, Skeleton } from '../ui/card';
import { Search } from '../ui/navigation';
import { Page } from '../ui/page';
import { type Format, useFormats } from './formats';
import './integrations.css';

const { gallery } = words;

/** The line below the name of a tool: its hint, else the tools that its snippets are for. */
const lineOf = ({ hint, setup }: Format): string => hint ?? setup.map(({ title }) => title).join(', ');

/** The formats of which a text names the tool, or one of the tools that also send it. */
function found(formats: readonly Format[], text: string): Format[] {
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
  return formats.filter((format) => {
    const all = [format.title, format.hint ?? '', ...format.setup.map(({ title }) => title)].join(' ').toLowerCase();
    return terms.every((term) => all.includes(term));
  });
}

/** All tools that can report, with a search; each leads to its set-up. */
export function GalleryPage() {
  const { value, problem, again } = useFormats();
  const { query, route } = useLocation();
  const text = query['q'] ?? '';
  const shown = value && found(value.formats, text);
  const search = (to: string) =>
    route(to === '' ? '/integrations/new' : `/integrations/new?q=${encodeURIComponent(to)}`, true);
  return (
    <Page
      title={gallery.title}
      above={
        <a class="small" href="/integrations">
          {words.title}
        </a>
      }
    >
      {problem && <ProblemBanner problem={problem} onAgain={again} />}
      <Search label={gallery.search} hint={gallery.hint} value={text} onInput={search} />
      <Card title={gallery.title} hideTitle>
        {shown === undefined ? (
          <Skeleton rows={5} />
        ) : shown.length === 0 ? (
          <Empty title={gallery.none(text)}>
            <p>{gallery.any}</p>
          </Empty>
        ) : (
          <ul class="tools">
            {shown.map((format) => (
              <Tool key={format.id} of={format} />
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

const Tool = ({ of }: { of: Format }) => (
  <li>
    <a href={`/integrations/new/${of.id}`}>
      <Initial of={of.title} />
      <span class="t">{of.title}</span>
      <span class="small second">{lineOf(of)}</span>
    </a>
  </li>
);

/** In place of a picture: the first letter of the name. */
export const Initial = ({ of }: { of: string }) => (
  <span class="initial" aria-hidden="true">
    {of.slice(0, 1)}
  </span>
);

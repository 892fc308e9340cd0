import { mapping as words } from '../../text/mapping';
import { expressionOf, type Path } from './paths';

const LONGEST_SHOWN = 80;

interface TreeProps {
  of: unknown;
  path?: Path;
  /** The field that a press fills, in words. */
  target: string;
  onPick(path: Path, value: unknown): void;
}

const isParent = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** A payload as a tree of buttons: each value, object and list can be chosen. */
export const SampleTree = ({ of, path = [], target, onPick }: TreeProps) =>
  isParent(of) ? (
    <ul class="tree">
      {Object.entries(of).map(([name, value]) => {
        const place = [...path, Array.isArray(of) ? Number(name) : name];
        return (
          <li key={name}>
            <Value {...{ name, value, place, target, onPick }} />
            {isParent(value) && <SampleTree of={value} path={place} target={target} onPick={onPick} />}
          </li>
        );
      })}
    </ul>
  ) : (
    <Value name="" value={of} place={path} target={target} onPick={onPick} />
  );

interface ValueProps extends Pick<TreeProps, 'target' | 'onPick'> {
  name: string;
  value: unknown;
  place: Path;
}

function Value({ name, value, place, target, onPick }: ValueProps) {
  const written = isParent(value) ? (Array.isArray(value) ? '[ ]' : '{ }') : JSON.stringify(value);
  const shown = written.length > LONGEST_SHOWN ? `${written.slice(0, LONGEST_SHOWN)}…` : written;
  return (
    <button
      type="button"
      class="mono small"
      title={words.choose(expressionOf(place) ?? name, target)}
      onClick={() => onPick(place, value)}
    >
      {name !== '' && <span class="muted">{name}: </span>}
      <span>{shown}</span>
    </button>
  );
}

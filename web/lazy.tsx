import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { sentenceOf } from './live/problems';
import { problemOf } from './ports';
import { say } from './ui/toast';

/** Parts of the page that are loaded when they are first needed, so that the first load does not wait for them. */
const RELOADED = 'reloaded-for';

/** If a part is missing because of an update, the new page is loaded, once. */
export async function loaded<P>(load: () => Promise<FunctionComponent<P>>): Promise<FunctionComponent<P>> {
  try {
    return await load();
  } catch (error) {
    if (!navigator.onLine || sessionStorage.getItem(RELOADED) === location.pathname) throw error;
    sessionStorage.setItem(RELOADED, location.pathname);
    location.reload();
    return new Promise(() => {});
  }
}

/** The same component; empty until it is loaded, an error if it cannot be loaded. */
export function lazyPart<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  let Part: FunctionComponent<P> | undefined;
  return (props) => {
    const [, draw] = useState(false);
    useEffect(() => {
      if (Part !== undefined) return;
      loaded(load).then(
        (part) => {
          Part = part;
          draw(true);
        },
        (error: unknown) => say(sentenceOf(problemOf(error))),
      );
    }, []);
    return Part === undefined ? null : <Part {...props} />;
  };
}

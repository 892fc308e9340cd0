import type { ComponentChildren } from 'preact';
import { reachRules as words } from '../text/reachRules';
import { type Around, methodsNamed, type Rule, ruleInWords, whenInWords } from './rules';
import './reach.css';

/** One rule on the time line: its minute, and by what it pages. */
export function RuleLine({ of, around, children }: { of: Rule; around: Around; children?: ComponentChildren }) {
  const { methods, channels } = around;
  const works = of.methods.some((name) => methodsNamed(name, methods, channels).some(({ usable }) => usable));
  return (
    <li>
      <span class="at nowrap">{whenInWords(of)}</span>
      <div class="by">
        {ruleInWords(of, methods)}
        {!works && <div class="small muted">{words.unused}</div>}
      </div>
      {children}
    </li>
  );
}

import { Fragment } from 'preact';
import { policyWords as words } from '../../text/policy';
import { span } from '../../ui/times';
import type { Policy, Target } from './draft';
import { saidHours, saidTarget, waitSentence } from './sentences';

/** A policy as numbered sentences. */
export function Ladder({ of, names }: { of: Policy; names: ReadonlyMap<string, string> }) {
  const hours = saidHours(of);
  return (
    <>
      <ol class="ladder">
        {of.steps.map((step, index) => (
          <li key={index}>
            <span class="rung" aria-hidden="true">
              {index + 1}
            </span>
            <div>
              <Targets of={step.targets} names={names} />
              <div class="small muted">{waitSentence(of, index, span(step.wait_minutes * 60))}</div>
            </div>
          </li>
        ))}
      </ol>
      <div class="pad small second stack tight">
        <p>
          {of.ack_timeout_minutes === null ? words.noAckTimeout : words.ackTimeout(span(of.ack_timeout_minutes * 60))}
        </p>
        {hours !== null && <p>{hours}</p>}
      </div>
    </>
  );
}

const Targets = ({ of, names }: { of: readonly Target[]; names: ReadonlyMap<string, string> }) => (
  <div>
    {of.map((target, index) => {
      const { text, strong, after } = saidTarget(target, names);
      return (
        <Fragment key={index}>
          {index > 0 && (index === of.length - 1 ? words.and : words.comma)}
          {text !== '' && `${text} `}
          <strong>{strong}</strong>
          {after}
        </Fragment>
      );
    })}
  </div>
);

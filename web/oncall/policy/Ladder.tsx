import { Fragment } from 'preact';
import { policyWords as words } from '../../text/policy';
import { span } from '../../ui/times';
import type { Policy, Step } from './draft';
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
              <Targets of={step} names={names} />
              <div class="small muted dots">
                <span>{waitSentence(of, index, span(step.wait_minutes * 60))}</span>
                {(step.acknowledgements ?? 1) > 1 && <span>{words.acks(step.acknowledgements as number)}</span>}
              </div>
            </div>
          </li>
        ))}
      </ol>
      <div class="pad small second stack tight">
        <p>
          {of.ack_timeout_minutes === null
            ? isForSeveral(of)
              ? words.enoughAcks
              : words.noAckTimeout
            : words.ackTimeout(span(of.ack_timeout_minutes * 60))}
        </p>
        {hours !== null && <p>{hours}</p>}
      </div>
    </>
  );
}

const isForSeveral = ({ steps }: Policy): boolean => steps.some(({ acknowledgements = 1 }) => acknowledgements > 1);

const Targets = ({ of, names }: { of: Step; names: ReadonlyMap<string, string> }) => (
  <div>
    {of.round_robin && words.inTurn}
    {of.targets.map((target, index) => {
      const { text, strong, after } = saidTarget(target, names);
      return (
        <Fragment key={index}>
          {index > 0 && (index === of.targets.length - 1 ? words.and : words.comma)}
          {text !== '' && `${text} `}
          <strong>{strong}</strong>
          {after}
        </Fragment>
      );
    })}
  </div>
);

import { integrations } from '../text/integrations';

const { wizard: words } = integrations;
const STEPS = ['name', 'setUp', 'first'] as const;

/** The steps of a set-up, with the current one marked. */
export const Progress = ({ at }: { at: (typeof STEPS)[number] }) => (
  <ol class="progress small muted" aria-label={words.progress}>
    {STEPS.map((step, index) => (
      <li key={step} aria-current={step === at ? 'step' : undefined}>
        {index + 1}. {words.steps[step]}
      </li>
    ))}
  </ol>
);

import type { Measured } from '../drives/channels';
import type { Figure } from '../figure';
import { ms } from '../numbers';
import { PERSONAL, type Reached, withPeople } from '../people';
import { drive } from '../processes';

const LOAD = { rate: 10, seconds: 10, warmUp: 20 };
const MOST = 1.3;
const CHANNELS: readonly Measured[] = ['slack', ...PERSONAL];

const HANGING = 'sms';
const BESIDE = ['ntfy', 'email'] as const;
const MOST_BESIDE_HANGING = 1.2;

/** How soon each channel's sink is called, by the webhook of the same alerts; and what a provider that hangs costs the others. */
export const measure = (): Promise<Figure[]> =>
  withPeople(async (product) => [...(await eachChannel(product)), ...(await besideHanging(product))]);

function run(product: Reached, name: string, more: { expected: readonly Measured[]; hanging?: Measured }) {
  const { url, apiKey, sinkPort, mailPort } = product;
  return drive('channels', { url, apiKey, sinkPort, mailPort, run: name, ...LOAD, ...more });
}

async function eachChannel(product: Reached): Promise<Figure[]> {
  await product.pageBy('ntfy');
  await run(product, 'warm', { expected: ['webhook', 'ntfy'] });
  const figures: Figure[] = [];
  for (const channel of CHANNELS) {
    await product.pageBy(...(channel === 'slack' ? (['ntfy', 'slack'] as const) : [channel]));
    const { accepted, spreads } = await run(product, channel, { expected: ['webhook', channel] });
    const [own, webhook] = [spreads[channel], spreads.webhook];
    const ratio = (own?.p50 ?? Number.NaN) / (webhook?.p50 ?? Number.NaN);
    const lost = accepted - (own?.count ?? 0);
    figures.push({
      what: `alert accepted → ${channel}, of webhook of the same alerts, p50`,
      measured: ratio.toFixed(2),
      reach: `≤ ${MOST}`,
      reached: ratio <= MOST && lost === 0,
      beside: `${ms(own?.p50 ?? Number.NaN)} of ${ms(webhook?.p50 ?? Number.NaN)}; p99 ${ms(own?.p99 ?? Number.NaN)}${lost > 0 ? `; ${lost} never came` : ''}`,
      raw: { channel, ratio, accepted, spreads },
    });
  }
  return figures;
}

/** The same alerts by two channels and a third one, whose provider takes messages at first and then never answers. */
async function besideHanging(product: Reached): Promise<Figure[]> {
  await product.pageBy(HANGING, ...BESIDE);
  const expected = ['webhook', HANGING, ...BESIDE] as const;
  const before = await run(product, 'answering', { expected });
  const during = await run(product, 'hanging', { expected, hanging: HANGING });
  const ratios = [...BESIDE, 'webhook' as const].map((channel) => {
    const [one, two] = [before.spreads[channel], during.spreads[channel]];
    return { channel, ratio: (two?.p50 ?? Number.NaN) / (one?.p50 ?? Number.NaN), before: one?.p50, during: two?.p50 };
  });
  const worst = Math.max(...ratios.map(({ ratio }) => ratio));
  return [
    {
      what: `${HANGING} hangs: the others by what they take while it answers, p50`,
      measured: worst.toFixed(2),
      reach: `≤ ${MOST_BESIDE_HANGING}`,
      reached: worst <= MOST_BESIDE_HANGING,
      beside: ratios
        .map(({ channel, ratio, during: took }) => `${channel} ${ratio.toFixed(2)} (${ms(took ?? Number.NaN)})`)
        .join(', '),
      raw: { ratios },
    },
  ];
}

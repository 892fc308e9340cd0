import type { Span } from './days';
import { stamp } from './format';
import { clipped } from './geometry';
import type { Block } from './lanes';
import { type Part, partsOf } from './movedOverride';
import { Inside, PHONE_HEAD, type PhoneScene, tallIn, yIn } from './phoneTimeline';
import { tintOfBlock } from './timelineParts';

/** The selected span or the moved override, over the calendar of a phone. */

export const PhoneHeld = ({ scene }: { scene: PhoneScene }) => (
  <g transform={`translate(0 ${PHONE_HEAD})`}>
    <ChosenBox scene={scene} />
    <HeldBox scene={scene} />
  </g>
);

function ChosenBox({ scene }: { scene: PhoneScene }) {
  const { chosen, columns, view } = scene;
  const column = columns.find(({ lane }) => lane.key === chosen?.lane);
  const seen = chosen && clipped(view, chosen);
  if (chosen === null || seen === null || column === undefined) return null;
  const [x, y] = [`${column.left}%`, yIn(scene, seen.from)];
  return (
    <>
      <rect class="chosen" x={x} y={y} width={`${column.width}%`} height={tallIn(scene, seen)} rx="4" />
      <Times of={chosen} y={y} scene={scene} />
    </>
  );
}

/** The distance of the times above the finger, so that the finger does not hide them. */
const CLEAR_PX = 30;

function Times({ of, y, scene }: { of: Span; y: number; scene: PhoneScene }) {
  return (
    <text class="heldtimes" x="100%" y={Math.max(12, y - CLEAR_PX)} text-anchor="end">
      {`${stamp(scene.zone, of.from)} – ${stamp(scene.zone, of.to)}`}
    </text>
  );
}

/** The new position of an override. Its middle or either end can be dragged. */
function HeldBox({ scene }: { scene: PhoneScene }) {
  const { held, columns, view } = scene;
  const at = columns.flatMap((column) =>
    column.lane.blocks
      .filter(({ takes }) => takes !== undefined && takes.id === held?.id)
      .map((block) => ({ column, block })),
  )[0];
  const seen = held && clipped(view, held);
  if (held === null || seen === null || at === undefined) return null;
  const { left, width } = at.column;
  const [top, bottom] = [yIn(scene, seen.from), yIn(scene, seen.to)];
  const parts = partsOf(held.before, scene.now);
  return (
    <>
      <HeldInside of={{ ...at.block, ...seen }} left={left} width={width} top={top} scene={scene} />
      {parts.includes('start') && <Knob part="start" x={left + width * 0.15} y={top} />}
      {parts.includes('end') && <Knob part="end" x={left + width * 0.85} y={bottom} />}
      <Times of={held} y={top} scene={scene} />
    </>
  );
}

function HeldInside({
  of,
  left,
  width,
  top,
  scene,
}: {
  of: Block;
  left: number;
  width: number;
  top: number;
  scene: PhoneScene;
}) {
  const tint = tintOfBlock(of);
  const height = Math.max(3, tallIn(scene, of));
  return (
    <svg
      class={tint}
      x={`${left}%`}
      y={top}
      width={`${width}%`}
      height={height}
      data-part={scene.held?.part === 'end' ? 'end' : 'whole'}
    >
      <Inside block={of} width={width} scene={scene} />
      <rect class="chosen" width="100%" height={height} rx="4" />
    </svg>
  );
}

/** Drawn small, with a touch target of 44 px. */
const Knob = ({ part, x, y }: { part: Part; x: number; y: number }) => (
  <g data-part={part} class="knob">
    <circle class="reach" cx={`${x}%`} cy={y} r="22" />
    <circle cx={`${x}%`} cy={y} r="7" />
  </g>
);

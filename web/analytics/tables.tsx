import { analytics as words } from '../text/analytics';
import { count } from '../text/parts';
import type { Report } from './report';

export interface Column<T> {
  title: string;
  of(row: T): string;
  num?: boolean;
}

/** The rows of a chart as a table. */
export function Table<T>({ of, columns }: { of: readonly T[]; columns: readonly Column<T>[] }) {
  return (
    <table>
      <thead>
        <tr>
          {columns.map(({ title, num }) => (
            <th scope="col" class={num ? 'num' : undefined}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {of.map((row) => (
          <tr>
            {columns.map(({ title, of: cell, num }) => (
              <td key={title} class={num ? 'num' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Hours as rows and days as columns: seven columns fit the screen, twenty-four do not. */
export const HoursTable = ({ hours }: { hours: Report['hours'] }) => (
  <table>
    <thead>
      <tr>
        <td />
        {words.weekdays.map((name) => (
          <th scope="col" class="num">
            {name}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {Array.from({ length: 24 }, (_, hour) => (
        <tr>
          <th scope="row">{String(hour).padStart(2, '0')}:00</th>
          {words.weekdays.map((name, day) => (
            <td key={name} class="num">
              {count(hours[day]?.[hour] ?? 0)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

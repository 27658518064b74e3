import { kept } from './kept.ts';

/** When an event takes place, in its own time zone, which is named. */
export interface When {
  /** `Saturday 12 June 2027, 20:00` */
  start: string;
  /** `23:00`, or with its date where that is another day than the start's */
  end: string;
  /** `Central European Summer Time, Europe/Vienna` */
  zone: string;
}

/** Says when an event takes place. */
export function whenOf({ startsAt, endsAt, timezone }: { startsAt: Date; endsAt: Date; timezone: string }): When {
  const dateOf = (instant: Date) => dateFormat(timezone).format(instant);
  const timeOf = (instant: Date) => timeFormat(timezone).format(instant);
  const end = dateOf(startsAt) === dateOf(endsAt) ? timeOf(endsAt) : `${dateOf(endsAt)}, ${timeOf(endsAt)}`;
  const zones = new Set([startsAt, endsAt].map((instant) => zoneName(timezone, instant)));
  // Two names: the clocks change during the event.
  const zone = `${[...zones].join(', then ')}, ${timezone}`;
  return { start: `${dateOf(startsAt)}, ${timeOf(startsAt)}`, end, zone };
}

const dateFormat = formatOf({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const timeFormat = formatOf({ hour: '2-digit', minute: '2-digit' });
const zoneFormat = formatOf({ timeZoneName: 'long' });

function formatOf(options: Intl.DateTimeFormatOptions): (timeZone: string) => Intl.DateTimeFormat {
  return kept((timeZone) => new Intl.DateTimeFormat('en-GB', { ...options, timeZone, hourCycle: 'h23' }));
}

function zoneName(timeZone: string, instant: Date): string {
  const parts = zoneFormat(timeZone).formatToParts(instant);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
}

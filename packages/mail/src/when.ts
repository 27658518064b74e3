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
  const dateOf = show(timezone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const timeOf = show(timezone, { hour: '2-digit', minute: '2-digit' });
  const end = dateOf(startsAt) === dateOf(endsAt) ? timeOf(endsAt) : `${dateOf(endsAt)}, ${timeOf(endsAt)}`;
  const zones = new Set([startsAt, endsAt].map((instant) => zoneName(timezone, instant)));
  // Two names: the clocks change during the event.
  const zone = `${[...zones].join(', then ')}, ${timezone}`;
  return { start: `${dateOf(startsAt)}, ${timeOf(startsAt)}`, end, zone };
}

function show(timeZone: string, options: Intl.DateTimeFormatOptions): (instant: Date) => string {
  const format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone, hourCycle: 'h23' });
  return (instant) => format.format(instant);
}

function zoneName(timeZone: string, instant: Date): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'long' }).formatToParts(instant);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
}

// Given to a service with --import: its clock is wrong by CLOCK_OFFSET_MS. It shifts all that reads `Date`, which is every
// clock that our code and its libraries read; timers, process.hrtime and performance.now go on as they are, as they do
// when a machine's clock is set wrong. The servers behind it (Postgres, Kafka, Redis) keep their own clock.
const offsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + offsetMs] : args, newTarget),
  apply: () => new RealDate(RealDate.now() + offsetMs).toString(),
  get: (target, property) =>
    property === 'now' ? () => RealDate.now() + offsetMs : Reflect.get(target, property, target),
});

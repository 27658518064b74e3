import type pg from 'pg';

/** Whether payments move real money. */
export type PaymentMode = 'live' | 'test';

/** Publishes which it is, for the gateway: of several services, the one that said so last. */
export async function writePaymentMode(pool: pg.Pool, mode: PaymentMode): Promise<void> {
  await pool.query(
    `insert into payment_mode (mode) values ($1)
     on conflict (id) do update set mode = excluded.mode, written_at = now()`,
    [mode],
  );
}

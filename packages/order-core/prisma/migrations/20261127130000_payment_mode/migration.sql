-- Whether payments move real money: one row, written by orders-service when it starts. The gateway reads it, which has no key of
-- Stripe's.
create table payment_mode (
    id integer not null default 1,
    mode text not null,
    written_at timestamptz(3) not null default current_timestamp,

    constraint payment_mode_pkey primary key (id),
    constraint payment_mode_one_row_check check (id = 1),
    constraint payment_mode_mode_check check (mode in ('live', 'test'))
);

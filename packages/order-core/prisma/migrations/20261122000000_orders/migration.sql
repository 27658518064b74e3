-- Owner: order-core. Names nothing outside this schema, so that it can be applied and checked alone.


-- CreateTable
CREATE TABLE "ticket_stock" (
    "ticket_type_id" UUID NOT NULL,
    "held" INTEGER NOT NULL DEFAULT 0,
    "sold" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ticket_stock_pkey" PRIMARY KEY ("ticket_type_id")
);

-- CreateTable
CREATE TABLE "orders" (
    "id" UUID NOT NULL,
    "buyer_id" UUID NOT NULL,
    "event_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "total" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "paid_at" TIMESTAMPTZ(3),
    "paid_intent_id" TEXT,
    "refund_reason" TEXT,
    "idempotency_key" TEXT,
    "request_hash" BYTEA,
    "payment_attempt" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_lines" (
    "order_id" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    "ticket_type_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "unit_price" INTEGER NOT NULL,

    CONSTRAINT "order_lines_pkey" PRIMARY KEY ("order_id","position")
);

-- CreateTable
CREATE TABLE "payments" (
    "order_id" UUID NOT NULL,
    "intent_id" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "client_secret" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checked_at" TIMESTAMPTZ(3),

    CONSTRAINT "payments_pkey" PRIMARY KEY ("order_id","intent_id")
);

-- CreateTable
CREATE TABLE "tickets" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "ticket_type_id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'valid',
    "checked_in_at" TIMESTAMPTZ(3),

    CONSTRAINT "tickets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refunds" (
    "order_id" UUID NOT NULL,
    "payment_intent_id" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checked_at" TIMESTAMPTZ(3),

    CONSTRAINT "refunds_pkey" PRIMARY KEY ("order_id","payment_intent_id")
);

-- CreateTable
CREATE TABLE "payment_events" (
    "event_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "order_id" TEXT,
    "payment_intent_id" TEXT,
    "result" TEXT NOT NULL,
    "reason" TEXT,
    "outcome" JSONB,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_events_pkey" PRIMARY KEY ("event_id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "order_id" UUID NOT NULL,
    "payload" JSONB NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "run_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "locked_until" TIMESTAMPTZ(3),
    "done_at" TIMESTAMPTZ(3),
    "parked_at" TIMESTAMPTZ(3),
    "last_error" TEXT,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "event_cancellations" (
    "event_id" UUID NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "event_cancellations_pkey" PRIMARY KEY ("event_id")
);

-- CreateIndex
CREATE INDEX "orders_buyer_id_id_idx" ON "orders"("buyer_id", "id");

-- CreateIndex
CREATE INDEX "orders_event_id_id_idx" ON "orders"("event_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "orders_buyer_id_idempotency_key_key" ON "orders"("buyer_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "payments_intent_id_idx" ON "payments"("intent_id");

-- CreateIndex
CREATE UNIQUE INDEX "tickets_code_key" ON "tickets"("code");

-- CreateIndex
CREATE INDEX "tickets_order_id_idx" ON "tickets"("order_id");

-- CreateIndex
CREATE INDEX "payment_events_order_id_idx" ON "payment_events"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_key_key" ON "outbox"("key");

-- AddForeignKey
ALTER TABLE "order_lines" ADD CONSTRAINT "order_lines_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tickets" ADD CONSTRAINT "tickets_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

alter table ticket_stock
    add constraint ticket_stock_held_check check (held >= 0),
    add constraint ticket_stock_sold_check check (sold >= 0);

alter table orders
    add constraint orders_status_check
        check (status in ('pending', 'paid', 'expired', 'cancelled', 'refunding', 'refunded')),
    add constraint orders_total_check check (total >= 0),
    add constraint orders_paid_check check (status <> 'paid' or paid_at is not null);

alter table order_lines
    add constraint order_lines_quantity_check check (quantity > 0),
    add constraint order_lines_unit_price_check check (unit_price >= 0);

alter table payments
    add constraint payments_status_check check (status in ('open', 'failed', 'succeeded', 'cancelled'));

alter table tickets
    add constraint tickets_status_check check (status in ('valid', 'checked_in', 'void')),
    add constraint tickets_checked_in_check check (status <> 'checked_in' or checked_in_at is not null);

alter table refunds
    add constraint refunds_status_check check (status in ('requested', 'succeeded', 'failed')),
    add constraint refunds_amount_check check (amount > 0);

-- The sweep looks for these every few seconds; the indexes hold live holds only, however many orders there were.
create index orders_pending_expires_at_idx on orders (expires_at) where status = 'pending';
create index outbox_unfinished_idx on outbox (run_at) where done_at is null;
create index payments_open_idx on payments (created_at) where status in ('open', 'failed');
create index refunds_requested_idx on refunds (created_at) where status = 'requested';
create index payment_events_rejected_idx on payment_events (received_at) where result = 'rejected';

-- The hottest rows of all: room on the page for the next version keeps updates off the index (HOT).
alter table ticket_stock set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- For the catalogue, which may not lock rows here itself: locks the stock of some ticket types, in id order as holding
-- does, until the caller's transaction ends, and tells what is held and sold. A cut of capacity and a hold take turns.
create function lock_ticket_stock(ids uuid[])
    returns table (ticket_type_id uuid, held int, sold int)
    language plpgsql
    security definer
    set search_path from current
as $$
begin
    insert into ticket_stock (ticket_type_id)
    select distinct id from unnest(ids) as id order by id
    on conflict do nothing;
    return query
        select s.ticket_type_id, s.held, s.sold
        from ticket_stock s
        where s.ticket_type_id = any (ids)
        order by s.ticket_type_id
        for update;
end
$$;

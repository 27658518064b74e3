-- Several refunds of one payment, each with an id of its own and the provider's. The table `refunds` stays beside it, with
-- one row for each payment, for replicas of the release before.

-- AlterTable
ALTER TABLE "event_cancellations" ADD COLUMN     "checked_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "outbox" ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "fault" TEXT;

-- AlterTable
ALTER TABLE "payments" ADD COLUMN     "account_id" TEXT;

-- CreateTable
CREATE TABLE "payment_refunds" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "payment_intent_id" TEXT NOT NULL,
    "provider_refund_id" TEXT,
    "former_provider_refund_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "amount" INTEGER NOT NULL,
    "currency" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checked_at" TIMESTAMPTZ(3),

    CONSTRAINT "payment_refunds_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "interventions" (
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "subject" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "actor" TEXT NOT NULL,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "interventions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "provider_sync" (
    "resource" TEXT NOT NULL,
    "synced_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_sync_pkey" PRIMARY KEY ("resource")
);

-- CreateIndex
CREATE INDEX "payment_refunds_order_id_idx" ON "payment_refunds"("order_id");

-- CreateIndex
CREATE UNIQUE INDEX "payment_refunds_order_id_provider_refund_id_key" ON "payment_refunds"("order_id", "provider_refund_id");

-- CreateIndex
CREATE INDEX "interventions_order_id_idx" ON "interventions"("order_id");

-- AddForeignKey
ALTER TABLE "payment_refunds" ADD CONSTRAINT "payment_refunds_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.

alter table payment_refunds
    alter column former_provider_refund_ids set not null,
    add constraint payment_refunds_status_check
        check (status in ('requested', 'pending', 'succeeded', 'failed', 'settled-elsewhere')),
    add constraint payment_refunds_amount_check check (amount > 0),
    -- What the provider is at work on has its id; what it was not asked for yet has none.
    add constraint payment_refunds_requested_check check (status <> 'requested' or provider_refund_id is null);

alter table outbox
    add constraint outbox_fault_check check (fault in ('object', 'infrastructure', 'waiting'));

insert into payment_refunds (id, order_id, payment_intent_id, amount, currency, reason, status, created_at)
select gen_random_uuid(), order_id, payment_intent_id, amount, currency, reason, status, created_at from refunds;

-- Background rounds take what they looked at longest ago.
create index payments_unconfirmed_idx on payments (coalesce(checked_at, created_at)) where status in ('open', 'failed');
create index payment_refunds_unconfirmed_idx on payment_refunds (coalesce(checked_at, created_at))
    where status in ('requested', 'pending');
create index payment_refunds_failed_idx on payment_refunds (created_at) where status = 'failed';

-- What waits at the provider for news of a payment. Emails, of which there are many, are not in it.
create index outbox_provider_order_idx on outbox (order_id)
    where done_at is null and kind in ('refund', 'cancel-payment', 'read-refunds');

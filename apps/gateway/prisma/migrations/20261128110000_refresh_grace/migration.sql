-- A spent refresh token may be sent again, for a few seconds and by the same client, and gets the same successor.

-- AlterTable
ALTER TABLE "refresh_tokens" ADD COLUMN     "spent_by" BYTEA,
ADD COLUMN     "successor_salt" BYTEA;

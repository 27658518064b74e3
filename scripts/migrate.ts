// `pnpm migrate`: brings the database at DATABASE_URL up to date.
import '@ticketing/database/migrate-cli';

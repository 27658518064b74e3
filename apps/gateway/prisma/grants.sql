-- What the gateway's login role needs of its schema, and no more. Run after every migration; safe to run again.
REVOKE ALL ON ALL TABLES IN SCHEMA identity FROM ticketing_gateway;
GRANT USAGE ON SCHEMA identity TO ticketing_gateway;

-- Nothing removes accounts, and an account's id and address stay as they are. What it may is changed
-- by the command `admin`.
GRANT SELECT, INSERT ON identity.users TO ticketing_gateway;
GRANT UPDATE (role, password_hash, organizer_requested_at) ON identity.users TO ticketing_gateway;

GRANT SELECT, INSERT, DELETE ON identity.token_families TO ticketing_gateway;
GRANT UPDATE (revoked_at) ON identity.token_families TO ticketing_gateway;

GRANT SELECT, INSERT, DELETE ON identity.refresh_tokens TO ticketing_gateway;
GRANT UPDATE (spent_at, successor_salt, spent_by) ON identity.refresh_tokens TO ticketing_gateway;

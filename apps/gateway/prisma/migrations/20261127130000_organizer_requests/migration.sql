-- Who registers as an organizer where that needs approval is a customer until then: whoever reads `role` only, as the release
-- before does, grants nothing too early. Organizers that there are stay organizers.
ALTER TABLE users ADD COLUMN organizer_requested_at TIMESTAMPTZ(3);

CREATE INDEX users_organizer_requested_at_idx ON users (organizer_requested_at);

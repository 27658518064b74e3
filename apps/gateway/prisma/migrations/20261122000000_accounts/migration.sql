CREATE TABLE users (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_role_check CHECK (role IN ('customer', 'organizer', 'admin')),
    -- Addresses that differ only in case are one account, whoever writes the row.
    CONSTRAINT users_email_check CHECK (email = lower(email))
);

CREATE UNIQUE INDEX users_email_key ON users (email);

CREATE TABLE token_families (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    ends_at TIMESTAMPTZ(3) NOT NULL,
    revoked_at TIMESTAMPTZ(3),

    CONSTRAINT token_families_pkey PRIMARY KEY (id),
    CONSTRAINT token_families_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX token_families_user_id_idx ON token_families (user_id);
CREATE INDEX token_families_ends_at_idx ON token_families (ends_at);

CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL,
    family_id UUID NOT NULL,
    expires_at TIMESTAMPTZ(3) NOT NULL,
    spent_at TIMESTAMPTZ(3),

    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT refresh_tokens_family_id_fkey
        FOREIGN KEY (family_id) REFERENCES token_families (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX refresh_tokens_family_id_idx ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);

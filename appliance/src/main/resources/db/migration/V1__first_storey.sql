-- Who belongs to the installation, what they were granted, and the secrets' hashes. Times are milliseconds since 1970.

CREATE TABLE peer (
    id                     VARCHAR(64)  PRIMARY KEY,
    kind                   VARCHAR(16)  NOT NULL,
    name                   VARCHAR(64)  NOT NULL,
    enabled                BOOLEAN      NOT NULL,
    deleted                BOOLEAN      NOT NULL,  -- kept until its last certificate has expired, so that servers refuse it
    enrolled_ms            BIGINT       NOT NULL,
    certificate_expires_ms BIGINT       NOT NULL
);
CREATE INDEX peer_kind ON peer (kind, deleted);

CREATE TABLE enrolment_token (
    id          VARCHAR(16) PRIMARY KEY,
    kind        VARCHAR(16) NOT NULL,
    name        VARCHAR(64),                       -- what the machine will be called, if the administrator said so
    secret_hash VARCHAR(64) NOT NULL,
    expires_ms  BIGINT      NOT NULL,
    used_by     VARCHAR(64)                        -- the peer it made; a token is used once
);

CREATE TABLE server (
    id     VARCHAR(64) PRIMARY KEY REFERENCES peer (id),
    report CLOB        NOT NULL                    -- ServerReport as JSON: the last introduction
);

CREATE TABLE lease (
    id          VARCHAR(32) PRIMARY KEY,
    client      VARCHAR(64) NOT NULL REFERENCES peer (id),
    server      VARCHAR(64) NOT NULL REFERENCES peer (id),
    user_name   VARCHAR(64) NOT NULL,
    priority    INT         NOT NULL,
    issued_ms   BIGINT      NOT NULL,
    expires_ms  BIGINT      NOT NULL,              -- of the newest signature
    renew_by_ms BIGINT      NOT NULL,
    ended       VARCHAR(32)                        -- why it ended; NULL while in force
);
CREATE INDEX lease_in_force ON lease (ended, server);

CREATE TABLE lease_gpu (
    lease        VARCHAR(32) NOT NULL REFERENCES lease (id) ON DELETE CASCADE,
    position     INT         NOT NULL,
    uuid         VARCHAR(64) NOT NULL,
    memory_bytes BIGINT      NOT NULL,
    PRIMARY KEY (lease, position)
);

CREATE TABLE api_token (
    secret_hash VARCHAR(64) PRIMARY KEY,
    name        VARCHAR(64) NOT NULL,
    created_ms  BIGINT      NOT NULL
);

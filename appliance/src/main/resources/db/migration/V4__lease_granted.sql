-- Since when a lease is held; issued_ms is the moment of its newest signature. Of leases from before nothing older is known.

ALTER TABLE lease ADD COLUMN granted_ms BIGINT DEFAULT 0 NOT NULL;
UPDATE lease SET granted_ms = issued_ms;
ALTER TABLE lease ALTER COLUMN granted_ms DROP DEFAULT;

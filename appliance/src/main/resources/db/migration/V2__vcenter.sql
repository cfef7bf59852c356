-- Secrets by name, the vCenters that the appliance belongs to, and the members that are VMs of theirs.

CREATE TABLE secret (
    name       VARCHAR(64)   PRIMARY KEY,
    text       VARCHAR(1024) NOT NULL,             -- a hash, or sealed with the key that lies beside the database
    changed_ms BIGINT        NOT NULL
);

CREATE TABLE vcenter (
    id               VARCHAR(64)   PRIMARY KEY,    -- its instance UUID
    name             VARCHAR(255)  NOT NULL,
    host             VARCHAR(253)  NOT NULL,
    port             INT           NOT NULL,
    thumbprint       VARCHAR(95)   NOT NULL,       -- SHA-256 of the certificate that was confirmed
    service_user     VARCHAR(256)  NOT NULL,
    service_password VARCHAR(1024) NOT NULL,       -- sealed
    version          VARCHAR(64)   NOT NULL,
    api_version      VARCHAR(64)   NOT NULL,
    added_ms         BIGINT        NOT NULL
);

CREATE TABLE member_vm (
    peer          VARCHAR(64) PRIMARY KEY REFERENCES peer (id),
    vcenter       VARCHAR(64) NOT NULL,            -- kept when the vCenter is removed: the member stays one
    instance_uuid VARCHAR(64) NOT NULL,
    moref         VARCHAR(80) NOT NULL,
    vm_name       VARCHAR(255) NOT NULL            -- as it was last seen
);
CREATE INDEX member_vm_of ON member_vm (vcenter, instance_uuid);

CREATE TABLE hand_over (
    vcenter       VARCHAR(64)  NOT NULL,
    instance_uuid VARCHAR(64)  NOT NULL,
    moref         VARCHAR(80)  NOT NULL,
    kind          VARCHAR(16)  NOT NULL,
    nonce         VARCHAR(64)  NOT NULL,           -- no secret: it stands in the VM's guestinfo
    state         VARCHAR(16)  NOT NULL,
    text          VARCHAR(512) NOT NULL,
    requested_by  VARCHAR(256) NOT NULL,
    answer        VARCHAR(64),                     -- the first answer that was seen; another one ends it
    task          VARCHAR(80),                     -- the vCenter task that people see
    started_ms    BIGINT       NOT NULL,
    expires_ms    BIGINT       NOT NULL,
    PRIMARY KEY (vcenter, instance_uuid)
);

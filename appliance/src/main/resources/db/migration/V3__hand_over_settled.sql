-- Whether vCenter was told how a hand-over ended: both keys out of guestinfo, the task ended, the event posted. Tried again until it was.
ALTER TABLE hand_over ADD COLUMN settled BOOLEAN DEFAULT TRUE NOT NULL;

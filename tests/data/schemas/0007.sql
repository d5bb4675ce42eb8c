BEGIN TRANSACTION;
CREATE TABLE acknowledgement (
	alert TEXT NOT NULL, 
	acknowledged_at DATETIME NOT NULL, 
	acknowledged_by TEXT, 
	note TEXT, 
	CONSTRAINT pk_acknowledgement PRIMARY KEY (alert), 
	CONSTRAINT fk_acknowledgement_alert FOREIGN KEY(alert) REFERENCES alert (id)
);
INSERT INTO "acknowledgement" VALUES('a','2026-05-01 11:00:00.250000','Ana','seen');
CREATE TABLE affect (
	event TEXT NOT NULL, 
	guide TEXT NOT NULL, 
	assumption TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	verdict TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_affect PRIMARY KEY (event, guide, assumption), 
	CONSTRAINT fk_affect_event FOREIGN KEY(event) REFERENCES event (id)
);
INSERT INTO "affect" VALUES('7cad88b15a3b6961','it-workers','C44',0,'contradicted','now 1750');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE alert (
	id TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	severity TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	guide TEXT, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_alert PRIMARY KEY (id)
);
INSERT INTO "alert" VALUES('a','2026-05-01 10:00:00.250000','notice','Publisher','it-workers','{"id":"a","created_at":"2026-05-01T10:00:00.250000Z","severity":"notice","publisher":"Publisher","guide":"it-workers","items":[{"event":{"id":"7cad88b15a3b6961","kind":"fee.changed","source":"fees","publisher":"Publisher","subject":"a","key":"fee:fees/a","observed_at":"2026-05-01T10:00:00.250000Z","old":{"label":"a","amount":"1475"},"new":{"label":"a","amount":"1750"},"changed":["amount"],"confirmed_at":null,"occurred_on":null,"effective_on":null,"severity":"notice","state":"confirmed","cause":"content","evidence":{"before":"v1","after":"v2","quote_before":null,"quote_after":"$1,750","url":"https://example.org/fees"}},"affects":[{"event":"7cad88b15a3b6961","guide":"it-workers","assumption":"C44","verdict":"contradicted","reason":"now 1750"}],"sentences":{"C44":"It costs."}}],"channels":["editors"]}');
CREATE TABLE alert_event (
	alert TEXT NOT NULL, 
	event TEXT NOT NULL, 
	CONSTRAINT pk_alert_event PRIMARY KEY (alert, event), 
	CONSTRAINT fk_alert_event_alert FOREIGN KEY(alert) REFERENCES alert (id), 
	CONSTRAINT fk_alert_event_event FOREIGN KEY(event) REFERENCES event (id)
);
INSERT INTO "alert_event" VALUES('a','7cad88b15a3b6961');
CREATE TABLE "blob" (
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	zstd BLOB NOT NULL, 
	base TEXT, 
	CONSTRAINT pk_blob PRIMARY KEY (sha256), 
	CONSTRAINT fk_blob_base FOREIGN KEY(base) REFERENCES blob (sha256)
);
INSERT INTO "blob" VALUES('cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4',3,X'28B52FFD20031900006F6C64',NULL);
INSERT INTO "blob" VALUES('11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437',3,X'28B52FFD20031900006E6577','cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4');
CREATE TABLE check_ (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	checked_at DATETIME NOT NULL, 
	outcome TEXT NOT NULL, 
	http_status INTEGER, 
	version TEXT, 
	snapshot TEXT, 
	events TEXT, 
	problem_code TEXT, 
	problem TEXT, 
	elapsed_ms INTEGER NOT NULL, 
	checks INTEGER NOT NULL, 
	reads_since_change INTEGER NOT NULL, 
	last_good_read DATETIME, 
	last_change DATETIME, body TEXT, 
	CONSTRAINT pk_check_ PRIMARY KEY (id), 
	CONSTRAINT fk_check__source FOREIGN KEY(source) REFERENCES source (id), 
	CONSTRAINT fk_check__snapshot FOREIGN KEY(snapshot) REFERENCES snapshot (id)
);
INSERT INTO "check_" VALUES(1,'fees','2026-05-01 09:00:00.250000','first_seen',NULL,'d2875bf29df354ba','81e0e71a8e44a211',NULL,NULL,NULL,0,1,0,'2026-05-01 09:00:00.250000','2026-05-01 09:00:00.250000',NULL);
INSERT INTO "check_" VALUES(2,'fees','2026-05-01 10:00:00.250000','changed',NULL,'1d6895a4442ce08f','3e0fcb044e143304',NULL,NULL,NULL,0,2,0,'2026-05-01 10:00:00.250000','2026-05-01 10:00:00.250000',NULL);
CREATE TABLE delivery (
	id INTEGER NOT NULL, 
	alert TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DATETIME, 
	lease_until DATETIME, 
	next_attempt DATETIME, 
	last_error TEXT, 
	sent_at DATETIME, 
	maybe_duplicate BOOLEAN NOT NULL, bundle TEXT, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT fk_delivery_alert FOREIGN KEY(alert) REFERENCES alert (id)
);
INSERT INTO "delivery" VALUES(1,'a','editors','pending',0,'2026-05-01 10:00:00.250000',NULL,NULL,NULL,NULL,0,'digest-0123456789abcdef');
CREATE TABLE event (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	source TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	"key" TEXT, 
	observed_at DATETIME NOT NULL, 
	position INTEGER NOT NULL, 
	confirmed_at DATETIME, 
	occurred_on DATE, 
	effective_on DATE, 
	severity TEXT NOT NULL, 
	state TEXT NOT NULL, 
	cause TEXT NOT NULL, 
	old TEXT, 
	new TEXT, 
	changed TEXT NOT NULL, 
	evidence TEXT NOT NULL, strictness TEXT, sentence TEXT, part_of TEXT, 
	CONSTRAINT pk_event PRIMARY KEY (id), 
	CONSTRAINT fk_event_source FOREIGN KEY(source) REFERENCES source (id)
);
INSERT INTO "event" VALUES('7cad88b15a3b6961','fee.changed','fees','Publisher','a','fee:fees/a','2026-05-01 10:00:00.250000',0,NULL,NULL,NULL,'notice','confirmed','content','{"label":"a","amount":"1475"}','{"label":"a","amount":"1750"}','["amount"]','{"before":"v1","after":"v2","quote_before":null,"quote_after":"$1,750","url":"https://example.org/fees"}',NULL,NULL,NULL);
CREATE TABLE fact (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	value TEXT NOT NULL, 
	quote TEXT NOT NULL, 
	path TEXT NOT NULL, 
	compare TEXT, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME, 
	ended_at DATETIME, 
	version TEXT NOT NULL, 
	superseded_by TEXT, 
	CONSTRAINT pk_fact PRIMARY KEY (id), 
	CONSTRAINT fk_fact_source FOREIGN KEY(source) REFERENCES source (id), 
	CONSTRAINT fk_fact_version FOREIGN KEY(version) REFERENCES version (id)
);
INSERT INTO "fact" VALUES(1,'fees','fee:fees/a','fee','{"label":"a","amount":"1475","currency":"CAD","effective_on":null}','“a”','["A","B"]',NULL,'2026-05-01 09:00:00.250000','2026-05-01 09:00:00.250000','2026-05-01 10:00:00.250000','d2875bf29df354ba','1d6895a4442ce08f');
INSERT INTO "fact" VALUES(2,'fees','fee:fees/a','fee','{"label":"a","amount":"1750","currency":"CAD","effective_on":null}','“a”','["A","B"]',NULL,'2026-05-01 10:00:00.250000',NULL,NULL,'1d6895a4442ce08f',NULL);
CREATE TABLE guide (
	id TEXT NOT NULL, 
	first_loaded DATETIME NOT NULL, 
	CONSTRAINT pk_guide PRIMARY KEY (id)
);
CREATE TABLE host (
	name TEXT NOT NULL, 
	next_at DATETIME NOT NULL, 
	busy TEXT NOT NULL, 
	CONSTRAINT pk_host PRIMARY KEY (name)
);
CREATE TABLE link (
	source TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	day DATE NOT NULL, 
	kind TEXT NOT NULL, 
	checked_at DATETIME, 
	outcome TEXT, 
	snapshot TEXT, 
	content TEXT NOT NULL, 
	detail TEXT, 
	digest TEXT NOT NULL, 
	CONSTRAINT pk_link PRIMARY KEY (source, position)
);
INSERT INTO "link" VALUES('fees',1,'2026-05-02 09:00:00.000000','2026-05-02','backfilled','2026-05-01 09:00:00.250000','first_seen','81e0e71a8e44a211','403f6885dbdd898cbae26b3ddf98e102ceb899b4897833acfbf92c02099fc6c7',NULL,'6394147dde3e2196ffc0c660c4dbfd7058887f9eb82b134dadbe7806890d263b');
INSERT INTO "link" VALUES('fees',2,'2026-05-02 09:00:00.000000','2026-05-02','backfilled','2026-05-01 10:00:00.250000','changed','3e0fcb044e143304','1113e928786231d51b394dae79254d47ce03c658e81cc571c66fbc07716ab714',NULL,'349e82a16f41f52bc6f6f64fb9fa5c58b61a85a70c7e9d962c68f49d9bb5b601');
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('created_at','2026-05-01T09:00:00.250000Z');
CREATE TABLE recheck (
	id INTEGER NOT NULL, 
	guide TEXT NOT NULL, 
	assumption TEXT NOT NULL, 
	event TEXT, 
	opened_at DATETIME NOT NULL, 
	due DATE, 
	state TEXT NOT NULL, 
	outcome TEXT, 
	note TEXT, 
	closed_by TEXT, 
	closed_at DATETIME, 
	CONSTRAINT pk_recheck PRIMARY KEY (id), 
	CONSTRAINT fk_recheck_event FOREIGN KEY(event) REFERENCES event (id)
);
INSERT INTO "recheck" VALUES(1,'it-workers','C44','7cad88b15a3b6961','2026-05-01 10:00:00.250000',NULL,'open',NULL,NULL,NULL,NULL);
CREATE TABLE recheck_reason (
	recheck INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	event TEXT, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_recheck_reason PRIMARY KEY (recheck, position), 
	CONSTRAINT fk_recheck_reason_recheck FOREIGN KEY(recheck) REFERENCES recheck (id), 
	CONSTRAINT fk_recheck_reason_event FOREIGN KEY(event) REFERENCES event (id)
);
INSERT INTO "recheck_reason" VALUES(1,0,'7cad88b15a3b6961','the fee changed');
CREATE TABLE robots (
	origin TEXT NOT NULL, 
	text TEXT NOT NULL, 
	read_at DATETIME NOT NULL, 
	CONSTRAINT pk_robots PRIMARY KEY (origin)
);
CREATE TABLE root (
	day DATE NOT NULL, 
	made_at DATETIME NOT NULL, 
	sources INTEGER NOT NULL, 
	links INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	CONSTRAINT pk_root PRIMARY KEY (day)
);
CREATE TABLE seal (
	scope TEXT NOT NULL, 
	sums TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	head TEXT, 
	CONSTRAINT pk_seal PRIMARY KEY (scope)
);
INSERT INTO "seal" VALUES('fees','{"check_":"52448915b9148d2fae755c4bb76cfabbe4536e8fc544365fd5f74c233c4be5af","event":"1927ca8889b5131f4f9134b3b5444480963431e88bb2f48d165a925f6bac92e8","fact":"6a81c94b2863a1a911fcf3e693b606956e21f8ffa59ee747e57585d4d43b64d9","snapshot":"cbeae2eaeeb0d582c1d5a696af9f680b8c3f1721aa520f9aa11e625991441a4b","source":"7fda4fd542c3401b4f3b1a0e7b438dd456ba5290ae3045bca2c3514be9ae1aab","version":"4d251b52df2b20344a89a995f1ef941ed3ff0193a58dce3af30c5b52a2adb771"}',2,'349e82a16f41f52bc6f6f64fb9fa5c58b61a85a70c7e9d962c68f49d9bb5b601');
INSERT INTO "seal" VALUES('/','{"acknowledgement":"e5bd012175936fc5746e0453c76be285d5bb1a83e01bbdcc59b6f9f65d8e5b3c","affect":"ac1e1410b558e79ccd686a2a041670d0b98130945169a39ced83938b2859c5d8","alert":"ef63401cb793419f3cd415d38d6d080fac0fb0421cd0a1de34689c8f0fcd84b7","alert_event":"af71d34a58285796dab9bf06fcd328cfc12e1211de00309c782ad624d9a2f3a8","delivery":"7b7a6094de3b9b5e2630785e01212516265a66d98c316a01ec7a6b8b43945298","meta":"64071a1ecd432464491fa6846cc5a8564db0078b153dbe464a955f43b3912691","recheck":"2f3a6b7a37856fe2bc2b37fe8829ad90c21afdb8ebc54ec72ad8eb1920a9c481","recheck_reason":"249f0a10d0adb367113ae425a4fcd9eb3d54f59b83f9f91c58c61d1e97adce5f","snooze":"345c4e3f94b75e34c1920b8307b818f8de32fb8dabf73f2d2d0b642c2c1a2668"}',0,NULL);
CREATE TABLE slot (
	source TEXT NOT NULL, 
	due DATETIME NOT NULL, 
	deferred_at DATETIME NOT NULL, 
	CONSTRAINT pk_slot PRIMARY KEY (source)
);
CREATE TABLE snapshot (
	id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	status INTEGER NOT NULL, 
	final_url TEXT NOT NULL, 
	headers TEXT NOT NULL, 
	blob TEXT NOT NULL, 
	CONSTRAINT pk_snapshot PRIMARY KEY (id), 
	CONSTRAINT fk_snapshot_source FOREIGN KEY(source) REFERENCES source (id), 
	CONSTRAINT fk_snapshot_blob FOREIGN KEY(blob) REFERENCES blob (sha256)
);
INSERT INTO "snapshot" VALUES('81e0e71a8e44a211','fees','2026-05-01 09:00:00.250000',200,'https://example.org/fees','{"content-type":"text/html"}','cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4');
INSERT INTO "snapshot" VALUES('3e0fcb044e143304','fees','2026-05-01 10:00:00.250000',200,'https://example.org/fees','{"content-type":"text/html"}','11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437');
CREATE TABLE snooze (
	id INTEGER NOT NULL, 
	source TEXT, 
	guide TEXT, 
	assumption TEXT, 
	until DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by TEXT, 
	note TEXT, 
	CONSTRAINT pk_snooze PRIMARY KEY (id)
);
INSERT INTO "snooze" VALUES(1,'fees',NULL,NULL,'2026-06-01 00:00:00.000000','2026-05-01 11:00:00.250000','Ana',NULL);
CREATE TABLE source (
	id TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	checks INTEGER NOT NULL, 
	reads_since_change INTEGER NOT NULL, 
	last_good_read DATETIME, 
	last_check DATETIME, 
	last_change DATETIME, 
	health TEXT NOT NULL, 
	problem TEXT, 
	next_due DATETIME, 
	version TEXT, 
	final_url TEXT NOT NULL, 
	memory TEXT NOT NULL, 
	etag TEXT, 
	last_modified TEXT, 
	settings_hash TEXT NOT NULL, 
	CONSTRAINT pk_source PRIMARY KEY (id)
);
INSERT INTO "source" VALUES('fees',2,2,0,'2026-05-01 10:00:00.250000','2026-05-01 10:00:00.250000','2026-05-01 10:00:00.250000','ok',NULL,NULL,'1d6895a4442ce08f','https://example.org/fees','{"marker":null,"final_url":null,"absences":{},"doubt":null,"incident":null}',NULL,NULL,'');
CREATE TABLE verdict (
	guide TEXT NOT NULL, 
	assumption TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	as_of DATETIME NOT NULL, 
	payload TEXT NOT NULL, 
	CONSTRAINT pk_verdict PRIMARY KEY (guide, assumption)
);
CREATE TABLE version (
	id TEXT NOT NULL, 
	source TEXT NOT NULL, 
	seen_at DATETIME NOT NULL, 
	ordinal INTEGER NOT NULL, 
	snapshot TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	update_marker TEXT, 
	cause TEXT NOT NULL, 
	bytes INTEGER NOT NULL, 
	final_url TEXT NOT NULL, 
	revision TEXT NOT NULL, 
	CONSTRAINT pk_version PRIMARY KEY (id), 
	CONSTRAINT fk_version_source FOREIGN KEY(source) REFERENCES source (id), 
	CONSTRAINT fk_version_snapshot FOREIGN KEY(snapshot) REFERENCES snapshot (id)
);
INSERT INTO "version" VALUES('d2875bf29df354ba','fees','2026-05-01 09:00:00.250000',1,'81e0e71a8e44a211','cba06b5736faf67e54b07b561eae94395e774c517a7d910a54369e1263ccfbd4','May 1, 2026','content',3,'https://example.org/fees','1');
INSERT INTO "version" VALUES('1d6895a4442ce08f','fees','2026-05-01 10:00:00.250000',2,'3e0fcb044e143304','11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437','May 1, 2026','content',3,'https://example.org/fees','1');
CREATE INDEX ix_source_next_due ON source (next_due);
CREATE INDEX ix_snapshot_source_time ON snapshot (source, fetched_at, blob);
CREATE INDEX ix_event_source_time ON event (source, observed_at DESC, position, id);
CREATE INDEX ix_event_kind_time ON event (kind, observed_at DESC);
CREATE INDEX ix_event_time ON event (observed_at DESC, source, position, id);
CREATE INDEX ix_event_provisional ON event (source, observed_at, position) WHERE state = 'provisional';
CREATE UNIQUE INDEX ux_delivery_alert_channel ON delivery (alert, channel);
CREATE INDEX ix_delivery_due ON delivery (due_at, id);
CREATE INDEX ix_check_source_time ON check_ (source, checked_at, id);
CREATE INDEX ix_version_source_sha256 ON version (source, sha256, seen_at, ordinal);
CREATE INDEX ix_version_source_time ON version (source, seen_at, ordinal);
CREATE INDEX ix_affect_assumption ON affect (guide, assumption, event);
CREATE INDEX ix_recheck_assumption ON recheck (guide, assumption);
CREATE UNIQUE INDEX ux_recheck_open ON recheck (guide, assumption) WHERE state = 'open';
CREATE INDEX ix_recheck_event ON recheck (event);
CREATE INDEX ix_alert_event_event ON alert_event (event);
CREATE INDEX ix_fact_source_time ON fact (source, first_seen);
CREATE INDEX ix_fact_version ON fact (version);
CREATE UNIQUE INDEX ux_fact_current ON fact (source, "key") WHERE ended_at IS NULL;
CREATE INDEX ix_recheck_reason_event ON recheck_reason (event);
CREATE INDEX ix_delivery_channel_due ON delivery (channel, due_at, id);
CREATE INDEX ix_delivery_channel_sent ON delivery (channel, sent_at);
CREATE INDEX ix_delivery_bundle ON delivery (bundle);
CREATE INDEX ix_snooze_until ON snooze (until);
CREATE INDEX ix_event_sentence ON event (sentence, observed_at) WHERE sentence IS NOT NULL;
CREATE INDEX ix_event_part_of ON event (part_of) WHERE part_of IS NOT NULL;
CREATE INDEX ix_blob_base ON blob (base);
CREATE INDEX ix_snapshot_blob ON snapshot (blob);
CREATE INDEX ix_link_day ON link (day);
COMMIT;

PRAGMA application_id = 1380270926;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE history (
	seq INTEGER NOT NULL, 
	connection TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	body TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "history" VALUES(1,'xero-au','Automation','a','{"action":"update","actor":"ann","address":["xero-au","Automation","a"],"at":"2026-01-01","commit":"abc","fields":[],"message":"0","plan":"plan","run":"run-1","status":"ok"}','57d57100facf9e0851321c0df1e696badf73710aabe114e7d5c96eeab2e66c29');
INSERT INTO "history" VALUES(2,'xero-au','Automation','a','{"action":"update","actor":"ann","address":["xero-au","Automation","a"],"at":"2026-01-01","commit":"abc","fields":[],"message":"1","plan":"plan","run":"run-1","status":"ok"}','14c8295f46c74ea221b1ffb5c384148f94b3b59cc6f93df07a3684b8d43aab08');
INSERT INTO "history" VALUES(3,'xero-au','Automation','a','{"action":"update","actor":"ann","address":["xero-au","Automation","a"],"at":"2026-01-01","commit":"abc","fields":[],"message":"2","plan":"plan","run":"run-1","status":"ok"}','69117caaf8f25a4350925c40041c7e692b4d0e9365da8cad82b8ddb90b2f47aa');
INSERT INTO "history" VALUES(4,'xero-au','Automation','a','{"action":"update","actor":"ann","address":["xero-au","Automation","a"],"at":"2026-01-01","commit":"abc","fields":[],"message":"3","plan":"plan","run":"run-1","status":"ok"}','47dfbb5267d69120e419c1f3dc6350bb75bec946215fcb60dd2c35cc49f9cf88');
INSERT INTO "history" VALUES(5,'xero-au','Automation','a','{"action":"update","actor":"ann","address":["xero-au","Automation","a"],"at":"2026-01-01","commit":"abc","fields":[],"message":"4","plan":"plan","run":"run-1","status":"ok"}','4ad099f4f21030964fd5148d1c97e45132dd767677d487780a77d0be7076a159');
CREATE TABLE intents (
	id TEXT NOT NULL, 
	body TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID

;
INSERT INTO "intents" VALUES('i1','{"action":"update","address":["xero-au","Automation","a"],"at":"2026-01-01T00:00:00Z","id":"i1","requests":[{"body":{"a":1}}],"run":"run-1"}','243ecaa4954021ca50b9927fc8d82778ea2d81bc65a382f73dc2181b701ef4ec');
CREATE TABLE lease (
	id BIGINT NOT NULL, 
	epoch BIGINT NOT NULL, 
	holder TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	ttl BIGINT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID

;
INSERT INTO "lease" VALUES(1,1,'',0,0,0,'6648d29cbb8413c3d7761ffb76e133ce9f044f05734c4128c82552ffb84483f3');
CREATE TABLE meta (
	id BIGINT NOT NULL, 
	format BIGINT NOT NULL, 
	lineage TEXT NOT NULL, 
	serial BIGINT NOT NULL, 
	environment TEXT NOT NULL, 
	layout TEXT NOT NULL, 
	records BIGINT NOT NULL, 
	intents BIGINT NOT NULL, 
	history BIGINT NOT NULL, 
	total TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID

;
INSERT INTO "meta" VALUES(1,1,'11111111-2222-4333-8444-555555555555',1,'production','80c226885d994543a40d9ebef1591a0f2fefff8be8d488af01d1ddd97e5e598f',12,1,5,'de07a874ea97119008a0749f19245fdcc6e5240dc70406280769fc1943a446ef','d4b29f89e9bf6809c9469600be4d1d3faccd4e9a4ad9ed4bf2d568541d825c3d');
CREATE TABLE records (
	connection TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	uuid TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	signs TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	PRIMARY KEY (connection, kind, name)
)
 WITHOUT ROWID

;
INSERT INTO "records" VALUES('xero-au','Automation','a0','uuid-1','{"check_on":[0,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','6e00ecce3b8adf1c138052142946f04cceb5c40b0872335c3cb69371feb00009');
INSERT INTO "records" VALUES('xero-au','Automation','a1','uuid-1','{"check_on":[1,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','fc63538a67e06601d17a0ce433e835d1cba5621530e60317a0b9780e82d89a33');
INSERT INTO "records" VALUES('xero-au','Automation','a10','uuid-1','{"check_on":[10,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','3821f3b7dfdfa5065920fc777a6dbafe8e28fe4975cc4e2dcbb076986f92a9a5');
INSERT INTO "records" VALUES('xero-au','Automation','a11','uuid-1','{"check_on":[11,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','957ce9b5482553e898c01da75fbb1a66b1fad043acdfddea798eeb89d370427f');
INSERT INTO "records" VALUES('xero-au','Automation','a2','uuid-1','{"check_on":[2,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','1e3a13c55753f295e22776b829a7b9d71e6e5fe234b4b3469dfe5871d6d08f45');
INSERT INTO "records" VALUES('xero-au','Automation','a3','uuid-1','{"check_on":[3,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','58c1fa8a8e4c39c13a00fec08632103a7543484090fbd694f233b800e6994621');
INSERT INTO "records" VALUES('xero-au','Automation','a4','uuid-1','{"check_on":[4,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','a441098e8414086b24ac8da7d750d64122e8c99c4e4e785451ca3b1e28a6b3ab');
INSERT INTO "records" VALUES('xero-au','Automation','a5','uuid-1','{"check_on":[5,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','538eae7c2789bbbaa548a7d32e6096178f1d6fed72fea809b7d722239ff23fa6');
INSERT INTO "records" VALUES('xero-au','Automation','a6','uuid-1','{"check_on":[6,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','dae5dbc02be62095591d1647939f9a99542c26f05ebb4e69d5e9c622edc8f7ca');
INSERT INTO "records" VALUES('xero-au','Automation','a7','uuid-1','{"check_on":[7,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','caba5aeea76c58fd9fb182c854deba546ef2e7588adcab131f94d96a558245f1');
INSERT INTO "records" VALUES('xero-au','Automation','a8','uuid-1','{"check_on":[8,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','9e9db715b180a793a9e217d485cab8a9d2700759e5e901ffcb70dae648f8b8b4');
INSERT INTO "records" VALUES('xero-au','Automation','a9','uuid-1','{"check_on":[9,"4 h"],"tags":[["x",null,1.5],null]}','{"updated":3}','cebc0beb73d5a015583d0d2ff51ff8de26f1b654aedd7aee4c358e32fcb30c7d');
COMMIT;

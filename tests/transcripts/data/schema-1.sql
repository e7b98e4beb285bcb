BEGIN TRANSACTION;
CREATE TABLE checkpoint (
	serial INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	parent VARCHAR, 
	recipe VARCHAR NOT NULL, 
	steps BIGINT NOT NULL, 
	tokens BIGINT NOT NULL, 
	seed BIGINT NOT NULL, 
	settings VARCHAR NOT NULL, 
	versions VARCHAR NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (serial), 
	UNIQUE (id)
);
INSERT INTO "checkpoint" VALUES(1,'c0ffee','out/student','new','rationale',3,120,0,'{"steps":3}','{"schoolroom":"0.1.0"}','2026-11-20 12:28:13.702055');
CREATE TABLE checkpoint_example (
	checkpoint VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	example VARCHAR NOT NULL, 
	PRIMARY KEY (checkpoint, position), 
	FOREIGN KEY(checkpoint) REFERENCES checkpoint (id), 
	FOREIGN KEY(example) REFERENCES example (id)
)
 WITHOUT ROWID

;
INSERT INTO "checkpoint_example" VALUES('c0ffee',0,'609c85db566288d1');
INSERT INTO "checkpoint_example" VALUES('c0ffee',2,'7b15e2677b7fe6b5');
INSERT INTO "checkpoint_example" VALUES('c0ffee',1,'b8a2c8ccf30a29e7');
CREATE TABLE episode (
	serial INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	run VARCHAR NOT NULL, 
	script VARCHAR NOT NULL, 
	question VARCHAR NOT NULL, 
	seed BIGINT NOT NULL, 
	ending VARCHAR, 
	ending_reason VARCHAR, 
	PRIMARY KEY (serial), 
	UNIQUE (id), 
	FOREIGN KEY(run) REFERENCES run (id), 
	FOREIGN KEY(question) REFERENCES question ("key")
);
INSERT INTO "episode" VALUES(1,'e1885097e13710bd','331e19ebb7d6d210','tutoring','ee7d48051667a533',7186734647097557831,'finished',NULL);
INSERT INTO "episode" VALUES(2,'902b6826360ff711','331e19ebb7d6d210','tutoring','5602c778fa62c1e7',1044568630499742135,'finished',NULL);
INSERT INTO "episode" VALUES(3,'f115e97376354183','331e19ebb7d6d210','tutoring','1e42c591fb4fc50b',3530948497790002105,'cut_short','ReplyError: seat ''teacher'', asked 3 times: feedback must end with ''all correct'', ''step N is wrong'' or ''the answer is wrong'', but ends with ''hm''.');
INSERT INTO "episode" VALUES(4,'f5a2a76401546771','331e19ebb7d6d210','tutoring','55df21af46e673e6',41868019800988411,'cut_short','ModelRefused: model ''openai/test'': no such model (status 400, 1 attempt). Check the key, the model''s name and the settings.');
INSERT INTO "episode" VALUES(5,'b5603d98fed790ff','331e19ebb7d6d210','tutoring','c09bf3db3c2ac359',6505193673394591475,'cut_short','ModelRefused: model ''openai/test'': no such model (status 400, 1 attempt). Check the key, the model''s name and the settings.');
INSERT INTO "episode" VALUES(6,'1416399d07c12b12','c6bacfeb51c8b04a','exam','22b16235fa2d0255',8435191821124893568,'finished',NULL);
INSERT INTO "episode" VALUES(7,'873f7ed6e7a6d7b5','c6bacfeb51c8b04a','exam','db175207ae91c451',2908098186508730149,'finished',NULL);
CREATE TABLE example (
	serial INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	recipe VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	messages VARCHAR NOT NULL, 
	question VARCHAR NOT NULL, 
	lesson VARCHAR NOT NULL, 
	tier VARCHAR NOT NULL, 
	PRIMARY KEY (serial), 
	UNIQUE (id)
);
INSERT INTO "example" VALUES(1,'609c85db566288d1','rationale','attempt','[{"content":"59 + 57 =","role":"user","weight":0.0},{"content":"9+7=16, write 6 carry 1\n5+5+1=11, write 11\nanswer: 116","role":"assistant","weight":1.0}]','4cd9072da693cc9f','two-digit','basic');
INSERT INTO "example" VALUES(2,'b8a2c8ccf30a29e7','rationale','attempt','[{"content":"59 + 57 =","role":"user","weight":0.0},{"content":"all correct","role":"assistant","weight":1.0}]','4cd9072da693cc9f','two-digit','basic');
INSERT INTO "example" VALUES(3,'7b15e2677b7fe6b5','rationale','attempt','[{"content":"59 + 57 =","role":"user","weight":0.0},{"content":"the answer is right\nscore: 1","role":"assistant","weight":1.0}]','4cd9072da693cc9f','two-digit','basic');
CREATE TABLE example_source (
	example VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	episode VARCHAR NOT NULL, 
	turn INTEGER NOT NULL, 
	PRIMARY KEY (example, position), 
	FOREIGN KEY(episode, turn) REFERENCES turn (episode, position), 
	FOREIGN KEY(example) REFERENCES example (id)
)
 WITHOUT ROWID

;
INSERT INTO "example_source" VALUES('609c85db566288d1',0,'e1885097e13710bd',0);
INSERT INTO "example_source" VALUES('7b15e2677b7fe6b5',0,'e1885097e13710bd',2);
INSERT INTO "example_source" VALUES('b8a2c8ccf30a29e7',0,'e1885097e13710bd',1);
CREATE TABLE lost_call (
	"key" VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	params VARCHAR NOT NULL, 
	prompt VARCHAR, 
	reply VARCHAR NOT NULL, 
	prompt_tokens BIGINT NOT NULL, 
	completion_tokens BIGINT NOT NULL, 
	cost FLOAT, 
	seconds FLOAT NOT NULL, 
	episode VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (episode, position), 
	FOREIGN KEY(prompt) REFERENCES message (id), 
	FOREIGN KEY(episode) REFERENCES episode (id)
);
INSERT INTO "lost_call" VALUES('ceec51d365e0a33c','openai/test','{"max_tokens":512,"seed":693354976,"temperature":0.3}','35f44ea40a29d5d06005f7cb4d2e5ce8','hm',158,1,NULL,5.1842220018443185836e-03,'f115e97376354183',0);
INSERT INTO "lost_call" VALUES('fdfd0db9c4c15df0','openai/test','{"max_tokens":512,"seed":931433390,"temperature":0.3}','5ffb652413d4a30085797c244e6ceade','hm',184,1,NULL,5.07646100231795571744e-03,'f115e97376354183',1);
INSERT INTO "lost_call" VALUES('ce14fb189bbb07e7','openai/test','{"max_tokens":512,"seed":1532992761,"temperature":0.3}','5ffb652413d4a30085797c244e6ceade','hm',184,1,NULL,4.86600799922598525881e-03,'f115e97376354183',2);
INSERT INTO "lost_call" VALUES('2c9aaaa470d45048','openai/test','{"max_tokens":512,"seed":2109307321,"temperature":0.3}','0eb28310c0798673ec7e50302811a788','hm',162,1,NULL,4.93735399868455715477e-03,'f5a2a76401546771',0);
INSERT INTO "lost_call" VALUES('0c2872cf68b9e2d5','openai/test','{"max_tokens":512,"seed":257607086,"temperature":0.3}','89f6c4ef1ecf1b89ba893ebf1308fa4c','hm',188,1,NULL,5.85779700122657231986e-03,'f5a2a76401546771',1);
CREATE TABLE message (
	id VARCHAR NOT NULL, 
	parent VARCHAR, 
	role VARCHAR NOT NULL, 
	content VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(parent) REFERENCES message (id)
);
INSERT INTO "message" VALUES('ba0c79be6d05f48f3c9ac1127aff02b8',NULL,'system','You are a patient teacher. You believe that a mistake is a thought that can be understood, so you look for the thought behind it. You say what is right before you say what is wrong, you explain the first mistake in one or two plain sentences, and you never mock, hurry or lecture. You speak to the student as ''you''.
Your tone is warm and unhurried.');
INSERT INTO "message" VALUES('4c5d65ce29302bf33ad4402d6d7c766c','ba0c79be6d05f48f3c9ac1127aff02b8','user','The question:
59 + 57 =

A student''s solution:
9+7=16, write 6 carry 1
5+5+1=11, write 11
answer: 116

The same, with its steps numbered:
step 1: 9+7=16, write 6 carry 1
step 2: 5+5+1=11, write 11

Work through the steps one by one and compare. Tell the student what you find.
The last line of your reply must be exactly one of these:
all correct
step N is wrong
the answer is wrong
Put the number of the first wrong step for N. Say ''the answer is wrong'' only where every step is right.');
INSERT INTO "message" VALUES('ba1fc2bc54e26c1525b16c41eb6f7cff','ba0c79be6d05f48f3c9ac1127aff02b8','user','The question:
83 + 72 =

A student''s solution:
3+2=5, write 5
8+7=15, write 15
answer: 155

The same, with its steps numbered:
step 1: 3+2=5, write 5
step 2: 8+7=15, write 15

Work through the steps one by one and compare. Tell the student what you find.
The last line of your reply must be exactly one of these:
all correct
step N is wrong
the answer is wrong
Put the number of the first wrong step for N. Say ''the answer is wrong'' only where every step is right.');
INSERT INTO "message" VALUES('35f44ea40a29d5d06005f7cb4d2e5ce8','ba0c79be6d05f48f3c9ac1127aff02b8','user','The question:
83 + 82 =

A student''s solution:
3+2=5, write 5
9+8=17, write 17
answer: 175

The same, with its steps numbered:
step 1: 3+2=5, write 5
step 2: 9+8=17, write 17

Work through the steps one by one and compare. Tell the student what you find.
The last line of your reply must be exactly one of these:
all correct
step N is wrong
the answer is wrong
Put the number of the first wrong step for N. Say ''the answer is wrong'' only where every step is right.');
INSERT INTO "message" VALUES('c6759a9f6f23e7d7437cb03acae8d098','35f44ea40a29d5d06005f7cb4d2e5ce8','assistant','hm');
INSERT INTO "message" VALUES('5ffb652413d4a30085797c244e6ceade','c6759a9f6f23e7d7437cb03acae8d098','user','This cannot be used: feedback must end with ''all correct'', ''step N is wrong'' or ''the answer is wrong'', but ends with ''hm''. Answer again.');
INSERT INTO "message" VALUES('0eb28310c0798673ec7e50302811a788','ba0c79be6d05f48f3c9ac1127aff02b8','user','The question:
55 + 29 =

A student''s solution:
5+9=14, write 4 carry 1
5+2+1=8, write 8
answer: 84

The same, with its steps numbered:
step 1: 5+9=14, write 4 carry 1
step 2: 5+2+1=8, write 8

Work through the steps one by one and compare. Tell the student what you find.
The last line of your reply must be exactly one of these:
all correct
step N is wrong
the answer is wrong
Put the number of the first wrong step for N. Say ''the answer is wrong'' only where every step is right.');
INSERT INTO "message" VALUES('824aa634e08865dede4267c3c556fb45','0eb28310c0798673ec7e50302811a788','assistant','hm');
INSERT INTO "message" VALUES('89f6c4ef1ecf1b89ba893ebf1308fa4c','824aa634e08865dede4267c3c556fb45','user','This cannot be used: feedback must end with ''all correct'', ''step N is wrong'' or ''the answer is wrong'', but ends with ''hm''. Answer again.');
CREATE TABLE meta (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema','1');
CREATE TABLE model_call (
	"key" VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	params VARCHAR NOT NULL, 
	prompt VARCHAR, 
	reply VARCHAR NOT NULL, 
	prompt_tokens BIGINT NOT NULL, 
	completion_tokens BIGINT NOT NULL, 
	cost FLOAT, 
	seconds FLOAT NOT NULL, 
	episode VARCHAR NOT NULL, 
	turn INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (episode, turn, position), 
	FOREIGN KEY(episode, turn) REFERENCES turn (episode, position), 
	FOREIGN KEY(prompt) REFERENCES message (id)
);
INSERT INTO "model_call" VALUES('d76771062a3beca7','openai/test','{"max_tokens":512,"seed":1340666771,"temperature":0.3}','4c5d65ce29302bf33ad4402d6d7c766c','all correct',162,2,NULL,1.18272868600251968018e+00,'e1885097e13710bd',1,0);
INSERT INTO "model_call" VALUES('5964a6e13222941d','openai/test','{"max_tokens":512,"seed":1258655158,"temperature":0.3}','ba1fc2bc54e26c1525b16c41eb6f7cff','all correct',158,2,NULL,8.96770500185084529221e-03,'902b6826360ff711',1,0);
INSERT INTO "model_call" VALUES('5793ce22a6bd15a4','openai/test','{"max_tokens":512,"seed":628271316,"temperature":0.3}','35f44ea40a29d5d06005f7cb4d2e5ce8','It should be 165.
the answer is wrong',158,8,NULL,7.35978699958650395274e-03,'f115e97376354183',1,0);
CREATE TABLE question (
	"key" VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	lesson VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	tier VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	answer VARCHAR, 
	solution VARCHAR NOT NULL, 
	parent VARCHAR, 
	metadata TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "question" VALUES('ee7d48051667a533','4cd9072da693cc9f','two-digit','column_addition','basic','59 + 57 =','116','["9+7=16, write 6 carry 1","5+5+1=11, write 11"]',NULL,'{}');
INSERT INTO "question" VALUES('5602c778fa62c1e7','4528ab3d7ae32414','two-digit','column_addition','basic','83 + 72 =','155','["3+2=5, write 5","8+7=15, write 15"]',NULL,'{}');
INSERT INTO "question" VALUES('1e42c591fb4fc50b','71238b238046d086','two-digit','column_addition','basic','83 + 82 =','165','["3+2=5, write 5","8+8=16, write 16"]',NULL,'{}');
INSERT INTO "question" VALUES('55df21af46e673e6','9203585194a72fbb','two-digit','column_addition','basic','55 + 29 =','84','["5+9=14, write 4 carry 1","5+2+1=8, write 8"]',NULL,'{}');
INSERT INTO "question" VALUES('c09bf3db3c2ac359','e2c1230b1bac350e','two-digit','column_addition','basic','97 + 74 =','171','["7+4=11, write 1 carry 1","9+7+1=17, write 17"]',NULL,'{}');
INSERT INTO "question" VALUES('22b16235fa2d0255','fef5253c7e3341de','two-digit','column_addition','basic','85 + 73 =','158','["5+3=8, write 8","8+7=15, write 15"]',NULL,'{}');
INSERT INTO "question" VALUES('db175207ae91c451','aaf9d49c09fc95e7','two-digit','column_addition','basic','14 + 59 =','73','["4+9=13, write 3 carry 1","1+5+1=7, write 7"]',NULL,'{}');
CREATE TABLE run (
	serial INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	"plan" VARCHAR NOT NULL, 
	seed BIGINT NOT NULL, 
	versions VARCHAR NOT NULL, 
	started DATETIME NOT NULL, 
	ending VARCHAR, 
	ending_reason VARCHAR, 
	PRIMARY KEY (serial), 
	UNIQUE (id)
);
INSERT INTO "run" VALUES(1,'331e19ebb7d6d210','simulation','{"course":{"description":"Adding numbers in columns, digit by digit from the right, with the carry written down.","id":"addition","lessons":[{"episodes":1000,"exam_level":null,"exam_subject":null,"id":"two-digit","level":{"addends":2,"digits":2},"mastery":{"credibility":0.9,"min_answers":1,"threshold":0.8},"prerequisites":[],"rubric":null,"subject":"column_addition","tiers":["basic"],"title":"Two digits"}],"parameters":{},"title":"Column addition","values":{}},"episodes":{"two-digit":5},"gate":"taught","llm":{"teacher":{"max_tokens":null,"send_seed":true,"temperature":null}},"personas":{"grader":{"criteria":{"answer":1.0,"shown":0.0,"stated":0.0,"steps":0.0},"description":"Scores the answer alone: 1 if it is exactly right, 0 if it is not.","generation":{"max_new_tokens":128,"temperature":0.0},"instructions":{"grade":"The question:\n{question}\n\nThe reference solution, where one is known:\n{reference}\n\nThe solution to grade:\n{attempt}\n\nGrade the answer alone: score 1 if it is right, 0 if it is not.\nThe last line of your reply must be ''score: 1'' or ''score: 0''.","system":"You are an exact grader. Only the final answer counts, not how it was reached and not how near it is: 11 is wrong where 1 is right. The same value written differently (0.5 and 1/2) is right."},"model":"scripted","name":"exact","role":"grader","style":{"all_correct":[],"closing":[],"opening":[],"right_step":["{review}"],"wrong_step":["{review}"]},"traits":{"false_alarms":0.0,"heeds":1.0,"misconceptions":[],"outcome_error_rate":0.0,"skill":1.0,"slip_rate":0.0,"step_error_rate":0.0,"tone":"","vigilance":1.0},"version":1},"student":{"criteria":{"answer":1.0,"shown":0.0,"stated":0.0,"steps":0.0},"description":"Knows how, but hurries: slips often, seldom looks back, and mends at once what is pointed out.","generation":{"max_new_tokens":512,"temperature":0.9},"instructions":{"attempt":"Write nothing but the solution. Write one step per line. End with a line of its own that says ''answer: '' and the answer.","feedback":"Check each step of your solution.\nThe last line of your reply must be exactly one of these:\nall correct\nstep N is wrong\nthe answer is wrong\nPut the number of the first wrong step for N. Say ''the answer is wrong'' only where every step is right.","revise":"Now correct your solution. Write all of it again, and nothing else. Write one step per line. End with a line of its own that says ''answer: '' and the answer.","system":"You are a student who understands the work but hurries through it. You write your steps down quickly, do the easy parts in your head, and seldom look back. Now and then a number slips. When somebody shows you a mistake, you see it at once and mend it without fuss.\nYour tone is breezy.\nYou believe, wrongly: Once a line is written down, it need not be looked at again.\nYou believe, wrongly: What has to be carried over can be kept in the head, and left out when it is only a one."},"model":"scripted","name":"careless","role":"student","style":{"all_correct":["Done, that will be it.","Looks good from here."],"closing":["Oops, {place}. I was too quick there.","Ah, I rushed {place}."],"opening":["A quick look back.","Let me just skim it."],"right_step":[""],"wrong_step":["{review}"]},"traits":{"false_alarms":0.02,"heeds":0.9,"misconceptions":["Once a line is written down, it need not be looked at again.","What has to be carried over can be kept in the head, and left out when it is only a one."],"outcome_error_rate":0.0,"skill":1.0,"slip_rate":0.25,"step_error_rate":0.0,"tone":"breezy","vigilance":0.3},"version":1},"teacher":{"criteria":{"answer":1.0,"shown":0.0,"stated":0.0,"steps":0.0},"description":"Goes through every step kindly, praises what is right and explains what is not.","generation":{"max_new_tokens":512,"temperature":0.3},"instructions":{"demonstrate":"The question:\n{question}\n\nThe student''s last solution, if there was one:\n{attempt}\n\nShow how it is done. Keep the student''s lines up to the first wrong one, and correct what follows.\nWrite nothing but the solution. Write one step per line. End with a line of its own that says ''answer: '' and the answer.","feedback":"The question:\n{question}\n\nA student''s solution:\n{attempt}\n\nThe same, with its steps numbered:\n{steps}\n\nWork through the steps one by one and compare. Tell the student what you find.\nThe last line of your reply must be exactly one of these:\nall correct\nstep N is wrong\nthe answer is wrong\nPut the number of the first wrong step for N. Say ''the answer is wrong'' only where every step is right.","system":"You are a patient teacher. You believe that a mistake is a thought that can be understood, so you look for the thought behind it. You say what is right before you say what is wrong, you explain the first mistake in one or two plain sentences, and you never mock, hurry or lecture. You speak to the student as ''you''.\nYour tone is warm and unhurried."},"model":"scripted","name":"patient","role":"teacher","style":{"all_correct":["Every step holds, and so does your answer. Well done.","That is right from beginning to end. Nicely set out."],"closing":["Up to there you are doing well. Take your time with {place} and carry on from it.","It is a small thing, and easily mended: look at {place} once more, then do the rest again.","Almost. What comes before {place} is fine; try it again from there."],"opening":["Thank you for writing your steps out. Let us go through them together.","Good, I can follow your thinking. Let me work it through beside you.","Let us take this one step at a time."],"right_step":["{review}"],"wrong_step":["{review}"]},"traits":{"false_alarms":0.0,"heeds":1.0,"misconceptions":[],"outcome_error_rate":0.0,"skill":1.0,"slip_rate":0.0,"step_error_rate":0.0,"tone":"warm and unhurried","vigilance":1.0},"version":1}},"script":"tutoring","seats":[{"model":"openai/test","persona":"patient@1","role":"teacher","seat":"teacher"},{"model":"scripted","persona":"careless@1","role":"student","seat":"student"},{"model":"scripted","persona":"exact@1","role":"grader","seat":"grader"}],"settings":{},"wave":32}',0,'{"autogen-agentchat":"0.7.5","litellm":"1.106.2","reasoning-gym":"0.1.25","schoolroom":"0.1.0","torch":"2.13.0+cpu","transformers":"5.23.0"}','2026-11-20 12:28:05.982535','finished',NULL);
INSERT INTO "run" VALUES(2,'c6bacfeb51c8b04a','exam','{"course":{"description":"Adding numbers in columns, digit by digit from the right, with the carry written down.","id":"addition","lessons":[{"episodes":1000,"exam_level":null,"exam_subject":null,"id":"two-digit","level":{"addends":2,"digits":2},"mastery":{"credibility":0.9,"min_answers":1,"threshold":0.8},"prerequisites":[],"rubric":null,"subject":"column_addition","tiers":["basic"],"title":"Two digits"}],"parameters":{},"title":"Column addition","values":{}},"llm":{},"personas":{"student":{"criteria":{"answer":1.0,"shown":0.0,"stated":0.0,"steps":0.0},"description":"Knows how, but hurries: slips often, seldom looks back, and mends at once what is pointed out.","generation":{"max_new_tokens":512,"temperature":0.0},"instructions":{"attempt":"Write nothing but the solution. Write one step per line. End with a line of its own that says ''answer: '' and the answer.","feedback":"Check each step of your solution.\nThe last line of your reply must be exactly one of these:\nall correct\nstep N is wrong\nthe answer is wrong\nPut the number of the first wrong step for N. Say ''the answer is wrong'' only where every step is right.","revise":"Now correct your solution. Write all of it again, and nothing else. Write one step per line. End with a line of its own that says ''answer: '' and the answer.","system":"You are a student who understands the work but hurries through it. You write your steps down quickly, do the easy parts in your head, and seldom look back. Now and then a number slips. When somebody shows you a mistake, you see it at once and mend it without fuss.\nYour tone is breezy.\nYou believe, wrongly: Once a line is written down, it need not be looked at again.\nYou believe, wrongly: What has to be carried over can be kept in the head, and left out when it is only a one."},"model":"scripted","name":"careless","role":"student","style":{"all_correct":["Done, that will be it.","Looks good from here."],"closing":["Oops, {place}. I was too quick there.","Ah, I rushed {place}."],"opening":["A quick look back.","Let me just skim it."],"right_step":[""],"wrong_step":["{review}"]},"traits":{"false_alarms":0.02,"heeds":0.9,"misconceptions":["Once a line is written down, it need not be looked at again.","What has to be carried over can be kept in the head, and left out when it is only a one."],"outcome_error_rate":0.0,"skill":1.0,"slip_rate":0.25,"step_error_rate":0.0,"tone":"breezy","vigilance":0.3},"version":1}},"questions":["fef5253c7e3341de","aaf9d49c09fc95e7"],"script":"exam","seats":[{"model":"scripted","persona":"careless@1","role":"student","seat":"student"},{"model":"scripted","persona":"exact@1","role":"grader","seat":"grader"}],"settings":{"max_revisions":1}}',0,'{"autogen-agentchat":"0.7.5","litellm":"1.106.2","reasoning-gym":"0.1.25","schoolroom":"0.1.0","torch":"2.13.0+cpu","transformers":"5.23.0"}','2026-11-20 12:28:13.044770','finished',NULL);
CREATE TABLE seat (
	episode VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	seat VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	persona VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	PRIMARY KEY (episode, position), 
	FOREIGN KEY(episode) REFERENCES episode (id)
)
 WITHOUT ROWID

;
INSERT INTO "seat" VALUES('1416399d07c12b12',0,'student','student','careless@1','scripted');
INSERT INTO "seat" VALUES('1416399d07c12b12',1,'grader','grader','exact@1','scripted');
INSERT INTO "seat" VALUES('873f7ed6e7a6d7b5',0,'student','student','careless@1','scripted');
INSERT INTO "seat" VALUES('873f7ed6e7a6d7b5',1,'grader','grader','exact@1','scripted');
INSERT INTO "seat" VALUES('902b6826360ff711',0,'teacher','teacher','patient@1','openai/test');
INSERT INTO "seat" VALUES('902b6826360ff711',1,'student','student','careless@1','scripted');
INSERT INTO "seat" VALUES('902b6826360ff711',2,'grader','grader','exact@1','scripted');
INSERT INTO "seat" VALUES('b5603d98fed790ff',0,'teacher','teacher','patient@1','openai/test');
INSERT INTO "seat" VALUES('b5603d98fed790ff',1,'student','student','careless@1','scripted');
INSERT INTO "seat" VALUES('b5603d98fed790ff',2,'grader','grader','exact@1','scripted');
INSERT INTO "seat" VALUES('e1885097e13710bd',0,'teacher','teacher','patient@1','openai/test');
INSERT INTO "seat" VALUES('e1885097e13710bd',1,'student','student','careless@1','scripted');
INSERT INTO "seat" VALUES('e1885097e13710bd',2,'grader','grader','exact@1','scripted');
INSERT INTO "seat" VALUES('f115e97376354183',0,'teacher','teacher','patient@1','openai/test');
INSERT INTO "seat" VALUES('f115e97376354183',1,'student','student','careless@1','scripted');
INSERT INTO "seat" VALUES('f115e97376354183',2,'grader','grader','exact@1','scripted');
INSERT INTO "seat" VALUES('f5a2a76401546771',0,'teacher','teacher','patient@1','openai/test');
INSERT INTO "seat" VALUES('f5a2a76401546771',1,'student','student','careless@1','scripted');
INSERT INTO "seat" VALUES('f5a2a76401546771',2,'grader','grader','exact@1','scripted');
CREATE TABLE turn (
	episode VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	seat VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	persona VARCHAR NOT NULL, 
	ask VARCHAR NOT NULL, 
	heard VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	payload VARCHAR, 
	PRIMARY KEY (episode, position), 
	FOREIGN KEY(episode) REFERENCES episode (id)
);
INSERT INTO "turn" VALUES('e1885097e13710bd',0,'student','student','careless@1','attempt','[]','9+7=16, write 6 carry 1
5+5+1=11, write 11
answer: 116','{"answer":"116","kind":"attempt","steps":["9+7=16, write 6 carry 1","5+5+1=11, write 11"]}');
INSERT INTO "turn" VALUES('e1885097e13710bd',1,'teacher','teacher','patient@1','feedback','[0]','all correct','{"correct":true,"kind":"feedback","reason":"","span":null,"step":null}');
INSERT INTO "turn" VALUES('e1885097e13710bd',2,'grader','grader','exact@1','grade','[0]','the answer is right
score: 1','{"correct":true,"kind":"grade","reason":"the answer is right","score":1.0,"steps":2,"wrong_steps":0}');
INSERT INTO "turn" VALUES('902b6826360ff711',0,'student','student','careless@1','attempt','[]','3+2=5, write 5
8+7=15, write 15
answer: 155','{"answer":"155","kind":"attempt","steps":["3+2=5, write 5","8+7=15, write 15"]}');
INSERT INTO "turn" VALUES('902b6826360ff711',1,'teacher','teacher','patient@1','feedback','[0]','all correct','{"correct":true,"kind":"feedback","reason":"","span":null,"step":null}');
INSERT INTO "turn" VALUES('902b6826360ff711',2,'grader','grader','exact@1','grade','[0]','the answer is right
score: 1','{"correct":true,"kind":"grade","reason":"the answer is right","score":1.0,"steps":2,"wrong_steps":0}');
INSERT INTO "turn" VALUES('f115e97376354183',0,'student','student','careless@1','attempt','[]','3+2=5, write 5
9+8=17, write 17
answer: 175','{"answer":"175","kind":"attempt","steps":["3+2=5, write 5","9+8=17, write 17"]}');
INSERT INTO "turn" VALUES('f115e97376354183',1,'teacher','teacher','patient@1','feedback','[0]','It should be 165.
the answer is wrong','{"correct":false,"kind":"feedback","reason":"It should be 165.","span":null,"step":2}');
INSERT INTO "turn" VALUES('f115e97376354183',2,'student','student','careless@1','revise','[0,1]','3+2=5, write 5
9+8=17, write 17
answer: 175','{"answer":"175","kind":"attempt","steps":["3+2=5, write 5","9+8=17, write 17"]}');
INSERT INTO "turn" VALUES('f5a2a76401546771',0,'student','student','careless@1','attempt','[]','5+9=14, write 4 carry 1
5+2+1=8, write 8
answer: 84','{"answer":"84","kind":"attempt","steps":["5+9=14, write 4 carry 1","5+2+1=8, write 8"]}');
INSERT INTO "turn" VALUES('b5603d98fed790ff',0,'student','student','careless@1','attempt','[]','7+4=11, write 1 carry 1
9+7+1=16, write 16
answer: 161','{"answer":"161","kind":"attempt","steps":["7+4=11, write 1 carry 1","9+7+1=16, write 16"]}');
INSERT INTO "turn" VALUES('1416399d07c12b12',0,'student','student','careless@1','attempt','[]','5+3=8, write 8
8+7=15, write 15
answer: 158','{"answer":"158","kind":"attempt","steps":["5+3=8, write 8","8+7=15, write 15"]}');
INSERT INTO "turn" VALUES('873f7ed6e7a6d7b5',0,'student','student','careless@1','attempt','[]','4+9=3, write 3
1+5=6, write 6
answer: 63','{"answer":"63","kind":"attempt","steps":["4+9=3, write 3","1+5=6, write 6"]}');
INSERT INTO "turn" VALUES('1416399d07c12b12',1,'student','student','careless@1','feedback','[0]','Let me just skim it.
Looks good from here.
all correct','{"correct":true,"kind":"feedback","reason":"","span":null,"step":null}');
INSERT INTO "turn" VALUES('873f7ed6e7a6d7b5',1,'student','student','careless@1','feedback','[0]','A quick look back.
Done, that will be it.
all correct','{"correct":true,"kind":"feedback","reason":"","span":null,"step":null}');
INSERT INTO "turn" VALUES('1416399d07c12b12',2,'grader','grader','exact@1','grade','[0]','the answer is right
score: 1','{"correct":true,"kind":"grade","reason":"the answer is right","score":1.0,"steps":2,"wrong_steps":0}');
INSERT INTO "turn" VALUES('873f7ed6e7a6d7b5',2,'grader','grader','exact@1','grade','[0]','the answer is wrong
score: 0','{"correct":false,"kind":"grade","reason":"the answer is wrong","score":0.0,"steps":2,"wrong_steps":1}');
CREATE INDEX ix_question_id ON question (id);
CREATE INDEX ix_question_lesson ON question (lesson);
CREATE INDEX ix_example_recipe ON example (recipe);
CREATE INDEX ix_episode_run ON episode (run);
CREATE INDEX ix_episode_question ON episode (question);
CREATE INDEX ix_checkpoint_example_example ON checkpoint_example (example);
CREATE INDEX ix_example_source_episode ON example_source (episode);
COMMIT;

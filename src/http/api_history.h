/* /api/tocsin/v1/history/{alerts,notifications,mutings,audit}: what happened, newest first.
 *
 * GET, with these parameters:
 *
 *   from, to      RFC 3339; both included
 *   filter        matcher, may be repeated: on the labels of the alert; for notifications on those of any of
 *                 its alerts, for mutings of a whole group on the group's labels. Not for audit
 *   fingerprint   of the alert. Not for audit
 *   kind          one of the kinds below
 *   receiver      exactly. Only for notifications and mutings
 *   limit         1 to 1000; default 100
 *   cursor        `next` of the page before
 *   format        json, ndjson or csv; without it the Accept header decides, and else it is json
 *
 * 200, JSON:   {"items": [...], "next": "cursor" | null}      null: there is nothing older
 *      NDJSON: one item per line;  CSV: a header and one row per item. The cursor is in the header
 * X-Next-Cursor. 400 with {"code": 400, "message": "..."} for a parameter that cannot be understood, 503
 * while the database cannot be read.
 *
 * Items. `id` is a string that is unique in its list. Times are RFC 3339.
 *
 * alerts: kind created, changed, resolved (its sender said so), expired (its end passed without a word),
 *   refired.
 *   {"id", "at", "kind", "fingerprint", "state": "firing"|"resolved", "labels": {}, "annotations": {},
 *    "generatorURL", "startsAt", "endsAt"}
 *
 * notifications: kind delivered, failed.
 *   {"id", "at", "kind", "decidedAt", "receiver", "integration": "webhook", "index": 0, "groupKey",
 *    "groupLabels": {}, "groupId", "flush": 3, "reason": "first notification", "attempts": 1, "status": 200,
 *    "failure": "" | "clientError", "error": "", "durationSeconds": 0.12, "firing": 1, "resolved": 0,
 *    "muted": 0, "alerts": [{"fingerprint", "state", "labels": {}}]}
 *   alerts are those that were told. Of more than 500, the rest is only in the counts.
 *
 * mutings: kind silence, inhibition, time_interval. By flushes: from the first that held the alert back to
 * the first that did not.
 *   {"id", "at", "kind", "endedAt": null | time, "scope": "alert"|"group", "fingerprint": "", "labels": {},
 *    "receiver", "groupKey", "silence": null | {"id", "createdBy", "comment", "endsAt"},
 *    "inhibition": null | {"source": "fingerprint", "rule": 0, "name": ""},
 *    "intervals": "weekends, holidays", "outsideActive": false}
 *
 * audit: kind silence_created, silence_updated, silence_expired, config_loaded, startup, shutdown.
 *   {"id", "at", "kind", "user": "", "address": "", "agent": "",
 *    "silence": null | {"id", "matchers": [{"name", "value", "isRegex", "isEqual"}], "startsAt", "endsAt",
 *                       "createdBy", "comment", "annotations": {}}}
 *
 * CSV columns: the members in this order, with objects as JSON.
 */
#pragma once

#include "exchange.h"

void api_history_alerts(struct exchange *x);
void api_history_notifications(struct exchange *x);
void api_history_mutings(struct exchange *x);
void api_history_audit(struct exchange *x);

/* /api/tocsin/v1/explain: why an alert was or was not sent, and what happens next.
 *
 * The alert is named by its fingerprint or by its labels; it need not exist, then the answer is what would
 * happen to it if it fired now.
 *
 *   GET  ?fingerprint=0011223344556677           404 when no such alert is known
 *   GET  ?filter=alertname="x"&filter=job="j"    only `=`: together they are the label set
 *   POST {"labels": {"alertname": "x"}}
 *
 * 200, application/json. Times are RFC 3339 in UTC, durations text as in the configuration ("5m", "4h").
 * `null` and empty lists are written, members are never left out.
 *
 *   {"at": now, "fingerprint": "0011223344556677", "labels": {},
 *    "known": true,                              false: what follows is what would happen
 *    "alert": null | {"state": "firing"|"resolved", "startsAt", "endsAt", "updatedAt", "annotations": {},
 *                     "generatorURL": ""},
 *    "summary": "one sentence",
 *    "routes": [                                 those that were tried, in order, the root first
 *      {"route": "{}/{team=\"x\"}/0", "depth": 1, "receiver": "d", "matchers": ["team=\"x\""],
 *       "continue": false, "matched": true,
 *       "taken": true,                           false: it matched, but one of its children took the alert
 *       "mismatch": null | {"matcher": "team=\"x\"", "value": "y"}}],     the first that did not match
 *    "inhibitions": [                            those in force
 *      {"rule": 0, "name": "", "sourceMatchers": [], "targetMatchers": [], "equal": [],
 *       "source": {"fingerprint": "", "labels": {}}}],
 *    "silences": [                               those that match and are not over
 *      {"id": "", "state": "active"|"pending", "matchers": [], "createdBy": "", "comment": "",
 *       "startsAt", "endsAt"}],
 *    "groups": [                                 one for each route that was taken
 *      {"route": "", "receiver": "d", "groupKey": "", "labels": {},
 *       "exists": true, "member": true,          member: the alert is in it
 *       "id": "uuid"|null, "openedAt": null, "flushes": 3, "nextFlush": null | time,
 *       "groupWait": "30s", "groupInterval": "5m", "repeatInterval": "4h",
 *       "muted": null | {"cause": "silence"|"inhibition"|"time_interval", "text": "", "until": null | time},
 *       "intervals": {"muted": false, "outsideActive": false, "names": [], "until": null | time},
 *       "integrations": [
 *         {"integration": "webhook", "index": 0, "sendResolved": true,
 *          "last": null | {"at", "told": "firing"|"resolved"|"held"|"nothing",  of this alert
 *                          "firing": 1, "resolved": 0, "expiresAt"},             of the group
 *          "underway": null | {"reason": "first notification"},   a delivery is on its way
 *          "owed": false,                        it was told firing and not yet that it is over
 *          "decision": {"send": false, "reason": "none", "text": ""},   if the group were flushed now
 *          "next": null | {"at", "reason"}}]}]}  the next notification, if nothing changes
 */
#pragma once

#include "exchange.h"

void api_explain_get(struct exchange *x);
void api_explain_post(struct exchange *x);

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
 *   limit         up to 1000; default 100
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
 * audit: kind silence_created, silence_updated, silence_expired, ack_set, ack_ended (by nobody: what was
 * acknowledged is resolved), letter_written (a notification was given up), letter_replayed, config_loaded,
 * startup, shutdown.
 *   {"id", "at", "kind", "user": "", "address": "", "agent": "",
 *    "silence": null | {"id", "matchers": [{"name", "value", "isRegex", "isEqual"}], "startsAt", "endsAt",
 *                       "createdBy", "comment", "annotations": {}},
 *    "letter": null | {"id", "receiver", "integration", "index", "groupKey", "cause", "error"},
 *    "byLink": false,                            true: a signed link; `user` is what somebody typed
 *    "ack": null | {"groupKey", "receiver", "labels": {}, "by", "comment", "at", "alerts": 2}}
 *
 * CSV columns: the members in this order, with objects as JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/mem.h"
#include "codec/jw.h"
#include "codec/rfc3339.h"
#include "filters.h"
#include "history_csv.h"
#include "media.h"
#include "pending.h"
#include "reply.h"
#include "worker.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000

enum format { FORMAT_JSON, FORMAT_NDJSON, FORMAT_CSV };

static const struct {
    const char *name, *type, *content_type;
} formats[] = {
    [FORMAT_JSON] = {"json", "application/json", "application/json"},
    [FORMAT_NDJSON] = {"ndjson", "application/x-ndjson", "application/x-ndjson"},
    [FORMAT_CSV] = {"csv", "text/csv", "text/csv; charset=utf-8"},
};

/* A question that is being asked in the worker's thread. */
struct asking {
    struct pending base;
    struct work work;
    const struct host *host;
    struct history_query query;
    struct matchers filter;
    char *kind, *receiver; /* what the query points to: the request may die meanwhile */
    enum format format;
    struct history_page page;
    struct err err;
};

/* ---- the question ---- */

static bool read_stamp(const struct query *q, const char *name, struct stamp *out, struct err *err)
{
    const struct sv text = query_last(q, name);

    if (text.n == 0)
        return true;
    if (!stamp_parse_rfc3339(text, out, err))
        return err_set(err, ERR_INVALID, "bad %s: not an RFC 3339 time", name);
    return true;
}

static bool read_cursor(const struct query *q, int64_t *before, struct err *err)
{
    const struct sv text = query_last(q, "cursor");
    int64_t v = 0;

    if (text.n > 18)
        return err_set(err, ERR_INVALID, "bad cursor");
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return err_set(err, ERR_INVALID, "bad cursor");
        v = v * 10 + (text.p[i] - '0');
    }
    *before = v;
    return true;
}

static bool read_fingerprint(const struct query *q, struct history_query *out, struct err *err)
{
    const struct sv text = query_last(q, "fingerprint");

    out->has_fp = text.n != 0;
    return !out->has_fp || fingerprint_parse(text, &out->fp) ||
           err_set(err, ERR_INVALID, "bad fingerprint: not 16 hexadecimal digits");
}

static bool accepts(const struct exchange *x, const char *type)
{
    struct sv rest = exchange_header(x, "accept");
    struct media_item item;

    while (media_next(&rest, &item))
        if (!item.refused && sv_eq_nocase(item.name, sv_of(type)))
            return true;
    return false;
}

static bool read_format(const struct exchange *x, const struct query *q, enum format *out, struct err *err)
{
    const struct sv asked = query_last(q, "format");

    *out = FORMAT_JSON;
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (asked.n != 0 ? sv_eq(asked, sv_of(formats[i].name)) : accepts(x, formats[i].type)) {
            *out = (enum format)i;
            return true;
        }
    return asked.n == 0 || err_set(err, ERR_INVALID, "bad format: json, ndjson or csv");
}

static char *keep(struct sv text, struct sv *out)
{
    char *copy = xstrndup(text.n != 0 ? text.p : "", text.n);
    *out = (struct sv){copy, text.n};
    return copy;
}

static bool read_question(struct asking *a, const struct exchange *x, const struct query *q, struct err *err)
{
    if (!read_stamp(q, "from", &a->query.from, err) || !read_stamp(q, "to", &a->query.to, err) ||
        !read_cursor(q, &a->query.before, err) || !read_fingerprint(q, &a->query, err) ||
        !read_format(x, q, &a->format, err) ||
        !filters_read(q, "filter", server_of(x)->opts.matcher_mode, &a->filter, err))
        return false;
    a->query.filter = a->filter.n != 0 ? &a->filter : NULL;
    a->kind = keep(query_last(q, "kind"), &a->query.kind);
    a->receiver = keep(query_last(q, "receiver"), &a->query.receiver);
    return true;
}

/* ---- the answer ---- */

static void add_cursor(struct strbuf *out, const struct asking *a)
{
    if (a->page.next != 0)
        strbuf_addi64(out, a->page.next);
}

static void reply_items(struct exchange *x, const struct asking *a)
{
    struct strbuf out = {0};

    strbuf_adds(&out, "{\"items\":[");
    for (size_t i = 0; i < a->page.lines.n; i++) /* no item holds a raw line feed */
        strbuf_addc(&out, a->page.lines.p[i] == '\n' ? ',' : a->page.lines.p[i]);
    strbuf_adds(&out, a->page.next != 0 ? "],\"next\":\"" : "],\"next\":null");
    add_cursor(&out, a);
    strbuf_adds(&out, a->page.next != 0 ? "\"}" : "}");
    reply_json(x, &out);
}

static void reply_page(struct exchange *x, struct asking *a)
{
    CLEANUP(strbuf_donep) struct strbuf cursor = {0};
    struct strbuf out = {0};

    if (a->format == FORMAT_JSON) {
        reply_items(x, a);
        return;
    }
    add_cursor(&cursor, a);
    if (cursor.n != 0)
        reply_header_copy(x, "X-Next-Cursor", strbuf_sv(&cursor));
    if (a->format == FORMAT_CSV) {
        history_csv(&out, a->query.list, strbuf_sv(&a->page.lines));
    } else {
        strbuf_addsv(&out, strbuf_sv(&a->page.lines));
        if (out.n != 0)
            strbuf_addc(&out, '\n');
    }
    reply_buffer(x, 200, formats[a->format].content_type, &out);
}

static void answer(struct exchange *x, struct pending *base)
{
    struct asking *a = CONTAINER_OF(base, struct asking, base);

    if (base->ok && !a->page.lines.overflow)
        reply_page(x, a);
    else if (base->ok)
        reply_too_much(x);
    else
        reply_fault(x, err_http_status(a->err.kind), sv_of(a->err.text));
}

static void dispose(struct pending *base)
{
    struct asking *a = CONTAINER_OF(base, struct asking, base);

    matchers_done(&a->filter);
    history_page_done(&a->page);
    free(a->kind);
    free(a->receiver);
    free(a);
}

/* In the worker's thread. */
static void run(struct work *work)
{
    struct asking *a = CONTAINER_OF(work, struct asking, work);
    const bool ok = a->host->history(a->host->ctx, &a->query, &a->page, &a->err);
    pending_return(&a->base, ok);
}

static void ask(struct exchange *x, enum history_list list)
{
    struct query q;
    struct err err;
    size_t limit;

    if (!query_of(x, &q) || !query_number_of(x, &q, "limit", LIMIT_DEFAULT, LIMIT_MAX, &limit))
        return;
    struct asking *a = xcalloc(1, sizeof *a);
    a->work.run = run;
    a->host = host_of(x);
    a->query.list = list;
    a->query.limit = limit != 0 ? limit : 1;
    if (!read_question(a, x, &q, &err)) {
        dispose(&a->base);
        reply_fault(x, 400, sv_of(err.text));
        return;
    }
    pending_begin(&a->base, x, answer, dispose);
    if (worker_give(&server_of(x)->worker, &a->work))
        return;
    pending_cancel(&a->base);
    reply_busy(x);
}

void api_own_history_alerts(struct exchange *x)
{
    ask(x, HISTORY_ALERTS);
}

void api_own_history_notifications(struct exchange *x)
{
    ask(x, HISTORY_NOTIFICATIONS);
}

void api_own_history_mutings(struct exchange *x)
{
    ask(x, HISTORY_MUTINGS);
}

void api_own_history_audit(struct exchange *x)
{
    ask(x, HISTORY_AUDIT);
}

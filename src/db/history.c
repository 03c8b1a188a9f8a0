/* Asking the history (db/history.h).
 *
 * Ids fall from page to page. A change of an alert has one, too: it is the place of its line, the journal row
 * and the line in it, and stays the same when the row is folded.
 */
#include "db/history.h"

#include <pthread.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "codec/jr.h"
#include "codec/rfc3339.h"
#include "history_json.h"
#include "internal.h"
#include "pack.h"
#include "record_json.h"
#include "sql.h"

/* Lines and rows that one question may look at, so that no reader keeps the write-ahead log long for long. */
#define LOOK_MAX 200000

#define LINE_BITS 10
_Static_assert(ROW_RECORDS < 1 << LINE_BITS, "a line's place in its row needs more bits");

#define READ_CEILING    ((size_t)64 << 20)
#define BUSY_TIMEOUT_MS 2000

struct history {
    const struct db *db;
    pthread_mutex_t mu; /* guards all below */
    sqlite3 *conn;      /* opened by the first question */
    struct record_decoder decoder;
    struct arena mem;
    struct strbuf text;
};

/* One question under way. */
struct ask {
    struct history *h;
    const struct history_query *q;
    struct history_page *page;
    int64_t from, to; /* milliseconds */
    int64_t before;
    size_t looked;
    bool full; /* the page, or enough was looked at: `page->next` is set */
};

/* ---- items ---- */

static void item_begin(struct ask *a)
{
    if (a->page->n++ != 0)
        strbuf_addc(&a->page->lines, '\n');
}

/* True: stop, what comes next belongs to the next page. */
static bool is_enough(struct ask *a, int64_t last_id)
{
    a->looked++;
    if (a->page->n < a->q->limit && a->looked < LOOK_MAX && !a->page->lines.overflow)
        return false;
    a->page->next = last_id;
    a->full = true;
    return true;
}

static bool in_time(const struct ask *a, int64_t at)
{
    return at >= a->from && at <= a->to;
}

static int64_t milliseconds(struct stamp t)
{
    return t.sec * 1000 + t.nsec / NS_PER_MS;
}

/* ---- changes of alerts: lines of packed rows ---- */

static struct sv kind_text(const struct record *r)
{
    const struct sv text = sv_of(event_kind_text(r->change));
    const size_t prefix = sizeof("alert_") - 1;
    return (struct sv){text.p + prefix, text.n - prefix};
}

static bool wanted_change(const struct ask *a, const struct record *r)
{
    const struct history_query *q = a->q;

    return r->change != EVENT_NONE && in_time(a, milliseconds(r->at)) &&
           (q->kind.n == 0 || sv_eq(q->kind, kind_text(r))) &&
           (q->filter == NULL || matchers_filter(q->filter, r->alert->labels));
}

static void take_line(struct ask *a, int64_t id, struct sv line)
{
    struct record r;
    struct err err;
    uint64_t fp;
    bool del;

    if (!record_line_changed(line) || !record_line_key(line, &fp, &del) || (a->q->has_fp && fp != a->q->fp) ||
        !record_decode(&a->h->decoder, RECORD_ALERT, line, &r, &err))
        return;
    if (wanted_change(a, &r)) {
        item_begin(a);
        history_encode_change(&a->page->lines, id, &r);
    }
    record_done(&r);
}

static size_t count_lines(struct sv text)
{
    size_t n = text.n != 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

/* A row that is damaged is left out. */
static void take_packed(struct ask *a, sqlite3_stmt *st)
{
    const int64_t seq = sqlite3_column_int64(st, 0);
    const struct sv packed = {sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1)};
    struct strbuf *text = &a->h->text;
    struct sv rest, line;

    strbuf_reset(text);
    if (!unpack(text, packed, ROW_TEXT_MAX))
        return;
    rest = strbuf_sv(text);
    for (int64_t i = (int64_t)count_lines(rest); !a->full && record_line_pop(&rest, &line);) {
        const int64_t id = seq << LINE_BITS | --i;
        if (id >= a->before)
            continue;
        take_line(a, id, line);
        (void)is_enough(a, id);
    }
}

/* ---- the other lists: bodies ---- */

static bool labels_match(struct jr *in, const struct ask *a, bool *match)
{
    struct label_sv *v = NULL;
    size_t n = 0, cap = 0;

    bool ok = jr_object(in);
    for (struct label_sv pair; ok && jr_key(in, &pair.name);) {
        ok = jr_string(in, &pair.value);
        v = xgrow(v, &cap, n + 1, sizeof(*v));
        v[n++] = pair;
    }
    if (ok && !in->failed) {
        n = label_sv_normalize(v, n, true);
        CLEANUP(labels_unrefp) struct labels *ls = labels_new(v, n);
        *match = matchers_filter(a->q->filter, ls);
    }
    free(v);
    return ok && !in->failed;
}

static bool object_matches(struct jr *in, const struct ask *a, bool *match);

/* One of them does. */
static bool any_matches(struct jr *in, const struct ask *a, bool *match)
{
    bool one;

    *match = false;
    if (!jr_array(in))
        return false;
    while (jr_next(in)) {
        if (!object_matches(in, a, &one))
            return false;
        *match = *match || one;
    }
    return !in->failed;
}

/* Looks at "labels" and "fingerprint", which is all there is of an alert, or at "alerts", a list of such. */
static bool object_matches(struct jr *in, const struct ask *a, bool *match)
{
    bool labels = a->q->filter == NULL, fp = !a->q->has_fp, alerts = false, listed = false;
    struct sv key, text;
    uint64_t v;

    if (!jr_object(in))
        return false;
    while (jr_key(in, &key)) {
        bool ok;
        if (sv_eq(key, SV("labels")) && a->q->filter != NULL) {
            ok = labels_match(in, a, &labels);
        } else if (sv_eq(key, SV("fingerprint")) && a->q->has_fp) {
            ok = jr_string(in, &text);
            fp = ok && fingerprint_parse(text, &v) && v == a->q->fp;
        } else if (sv_eq(key, SV("alerts"))) {
            ok = any_matches(in, a, &alerts);
            listed = true;
        } else {
            ok = jr_skip(in);
        }
        if (!ok)
            return false;
    }
    *match = listed ? alerts : labels && fp;
    return !in->failed;
}

static bool wanted_body(const struct ask *a, struct sv body)
{
    struct jr in;
    bool match = false;

    if (a->q->list == HISTORY_AUDIT || (a->q->filter == NULL && !a->q->has_fp))
        return true;
    arena_reset(&a->h->mem);
    jr_init(&in, body, &a->h->mem);
    return object_matches(&in, a, &match) && match;
}

static struct sv column(sqlite3_stmt *st, int at)
{
    const char *text = (const char *)sqlite3_column_text(st, at);
    return (struct sv){text, text != NULL ? (size_t)sqlite3_column_bytes(st, at) : 0};
}

static void put_ended(struct strbuf *out, sqlite3_stmt *st)
{
    if (sqlite3_column_type(st, 2) == SQLITE_NULL) {
        strbuf_adds(out, "\"endedAt\":null,");
        return;
    }
    char text[STAMP_TEXT_MAX];
    const int64_t ms = sqlite3_column_int64(st, 2);
    (void)stamp_print_nano((struct stamp){.sec = ms / 1000, .nsec = (int32_t)(ms % 1000 * NS_PER_MS)}, text);
    strbuf_addf(out, "\"endedAt\":\"%s\",", text);
}

static void take_row(struct ask *a, sqlite3_stmt *st)
{
    const int64_t id = sqlite3_column_int64(st, 0);
    const struct sv body = column(st, 1);
    struct strbuf *out = &a->page->lines;

    if (body.n > 2 && wanted_body(a, body)) {
        item_begin(a);
        strbuf_addf(out, "{\"id\":\"%lld\",", (long long)id);
        if (a->q->list == HISTORY_MUTINGS)
            put_ended(out, st);
        strbuf_add(out, body.p + 1, body.n - 1);
    }
    (void)is_enough(a, id);
}

/* ---- statements ---- */

/* ?1 and ?2 bound the time, ?3 is the cursor, ?4 kind, ?5 receiver. The unary plus keeps the planner on the
 * order of ids, where nothing has to be sorted; the time gives it where to begin and to end. */
#define NEWEST_FIRST(table, columns, condition)                                                              \
    "SELECT id, body, " columns " FROM " table " WHERE id < ?3"                                              \
    " AND id >= (SELECT coalesce(min(id), 0) FROM " table " WHERE at >= ?1)"                                 \
    " AND id <= (SELECT coalesce(max(id), 0) FROM " table " WHERE at <= ?2)"                                 \
    " AND +at >= ?1 AND +at <= ?2 AND (?4 = '' OR kind = ?4)" condition " ORDER BY id DESC"
#define OF_RECEIVER " AND (?5 = '' OR receiver = ?5)"

static const char *const lists[HISTORY_LISTS] = {
    /* Of a row only the latest change is known: the row behind the last one that is early enough may hold
     * changes that are, too. */
    [HISTORY_ALERTS] = "SELECT seq, packed FROM history_alerts WHERE seq <= ?3 >> 10 AND +at >= ?1"
                       " AND seq >= (SELECT coalesce(min(seq), 0) FROM history_alerts WHERE at >= ?1)"
                       " AND seq <= (SELECT coalesce(max(seq), 0) + 1 FROM history_alerts WHERE at <= ?2)"
                       " ORDER BY seq DESC",
    [HISTORY_NOTIFICATIONS] = NEWEST_FIRST("history_notifications", "NULL", OF_RECEIVER),
    [HISTORY_MUTINGS] = NEWEST_FIRST("history_mutings", "ended_at", OF_RECEIVER),
    [HISTORY_AUDIT] = NEWEST_FIRST("history_audit", "NULL", ""),
};
static const char journal[] = "SELECT seq, packed FROM journal WHERE seq <= ?3 >> 10 AND at >= ?1"
                              " ORDER BY seq DESC";

static void bind(sqlite3_stmt *st, int at, struct sv text)
{
    if (at <= sqlite3_bind_parameter_count(st))
        sqlite3_bind_text64(st, at, text.p != NULL ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

static bool read_list(struct ask *a, const char *sql, void (*take)(struct ask *a, sqlite3_stmt *st),
                      struct err *err)
{
    sqlite3 *conn = a->h->conn;
    sqlite3_stmt *st;
    int rc = SQLITE_DONE;

    if (sqlite3_prepare_v2(conn, sql, -1, &st, NULL) != SQLITE_OK)
        return sql_fail(conn, "ask the history", err);
    sqlite3_bind_int64(st, 1, a->from);
    sqlite3_bind_int64(st, 2, a->to);
    sqlite3_bind_int64(st, 3, a->before);
    bind(st, 4, a->q->kind);
    bind(st, 5, a->q->receiver);
    while (!a->full && (rc = sqlite3_step(st)) == SQLITE_ROW)
        take(a, st);
    const bool ok = a->full || rc == SQLITE_DONE || sql_fail(conn, "ask the history", err);
    sqlite3_finalize(st);
    return ok;
}

static bool read_all(struct ask *a, struct err *err)
{
    if (a->q->list != HISTORY_ALERTS)
        return read_list(a, lists[a->q->list], take_row, err);
    return read_list(a, journal, take_packed, err) && read_list(a, lists[HISTORY_ALERTS], take_packed, err);
}

/* ---- life ---- */

struct history *history_new(const struct db *db)
{
    struct history *h = xcalloc(1, sizeof(*h));

    h->db = db;
    pthread_mutex_init(&h->mu, NULL);
    arena_init(&h->mem, READ_CEILING);
    h->text.ceiling = ROW_TEXT_MAX;
    return h;
}

void history_free(struct history *h)
{
    if (h == NULL)
        return;
    sqlite3_close(h->conn);
    record_decoder_done(&h->decoder);
    arena_done(&h->mem);
    strbuf_done(&h->text);
    pthread_mutex_destroy(&h->mu);
    free(h);
}

static bool connect(struct history *h, struct err *err)
{
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    if (h->conn != NULL)
        return true;
    if (sqlite3_open_v2(h->db->place.file, &h->conn, flags, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(h->conn, BUSY_TIMEOUT_MS);
        return true;
    }
    (void)sql_fail(h->conn, "open the history", err);
    sqlite3_close(h->conn);
    h->conn = NULL;
    return false;
}

/* One state for both tables of the alerts. */
static bool ask_locked(struct ask *a, struct err *err)
{
    if (!connect(a->h, err) || !sql_exec(a->h->conn, "BEGIN", "ask the history", err))
        return false;
    const bool ok = read_all(a, err);
    sqlite3_exec(a->h->conn, "COMMIT", NULL, NULL, NULL);
    return ok;
}

bool history_ask(struct history *h, const struct history_query *q, struct history_page *page, struct err *err)
{
    struct ask a = {
        .h = h,
        .q = q,
        .page = page,
        .from = q->from.sec != 0 ? milliseconds(q->from) : 0,
        .to = q->to.sec != 0 ? milliseconds(q->to) : INT64_MAX,
        .before = q->before != 0 ? q->before : INT64_MAX,
    };

    *page = (struct history_page){0};
    pthread_mutex_lock(&h->mu);
    const bool ok = ask_locked(&a, err);
    pthread_mutex_unlock(&h->mu);
    return ok;
}

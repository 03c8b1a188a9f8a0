#include "history_log.h"

#include <stdlib.h>

#include "base/mem.h"
#include "codec/rfc3339.h"
#include "db/history.h"
#include "history_json.h"
#include "model/labels.h"
#include "sql.h"

#define KEPT_MAX 4096

static const char *const statements[HISTORY_STMT_COUNT] = {
    [HISTORY_PUT_NOTIFICATION] =
        "INSERT INTO history_notifications (at, kind, receiver, body) VALUES (?1, ?2, ?3, ?4)",
    [HISTORY_PUT_AUDIT] = "INSERT INTO history_audit (at, kind, body) VALUES (?1, ?2, ?4)",
    [HISTORY_BEGIN_MUTING] = ("INSERT INTO history_mutings (at, kind, receiver, body, open_key)"
                              " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING"),
    [HISTORY_END_MUTING] = "UPDATE history_mutings SET ended_at = ?1, open_key = NULL WHERE open_key = ?5",
    [HISTORY_END_ALL_MUTINGS] =
        "UPDATE history_mutings SET ended_at = ?1, open_key = NULL WHERE open_key IS NOT NULL",
};

bool history_log_init(struct history_log *h, sqlite3 *conn, struct err *err)
{
    h->conn = conn;
    for (int i = 0; i < HISTORY_STMT_COUNT; i++)
        if (sqlite3_prepare_v3(conn, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &h->stmt[i], NULL) !=
            SQLITE_OK)
            return sql_fail(conn, "prepare", err);
    return true;
}

static void drop_kept(struct history_log *h, size_t n)
{
    for (size_t i = 0; i < n; i++)
        event_unref(h->kept[i]);
    memmove(h->kept, h->kept + n, (h->n_kept - n) * sizeof(struct event *));
    h->n_kept -= n;
}

void history_log_done(struct history_log *h)
{
    for (int i = 0; i < HISTORY_STMT_COUNT; i++) {
        sqlite3_finalize(h->stmt[i]);
        h->stmt[i] = NULL;
    }
    if (h->n_kept != 0)
        drop_kept(h, h->n_kept);
    free(h->kept);
    h->kept = NULL;
    h->cap_kept = 0;
    strbuf_done(&h->body);
    strbuf_done(&h->key);
}

/* ---- rows ---- */

static int64_t milliseconds(struct stamp t)
{
    return t.sec * 1000 + t.nsec / NS_PER_MS;
}

static void bind_text(sqlite3_stmt *st, int at, struct sv text)
{
    if (at <= sqlite3_bind_parameter_count(st))
        sqlite3_bind_text64(st, at, text.p != NULL ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

/* Every statement takes what it has parameters for: time, kind, receiver, body, key. */
static bool run(struct history_log *h, enum history_stmt which, const struct event *ev, const char *kind,
                const char *receiver, struct err *err)
{
    sqlite3_stmt *st = h->stmt[which];

    sqlite3_bind_int64(st, 1, milliseconds(ev->at));
    bind_text(st, 2, sv_of(kind));
    bind_text(st, 3, sv_of(receiver));
    bind_text(st, 4, strbuf_sv(&h->body));
    bind_text(st, 5, strbuf_sv(&h->key));
    const bool ok = sqlite3_step(st) == SQLITE_DONE || sql_fail(h->conn, "write the history", err);
    sqlite3_reset(st);
    return ok;
}

/* What tells open mutings apart: at any time a group or an alert in it is muted for one cause. */
static void make_key(struct history_log *h, const struct event *ev)
{
    char fp[17] = "";

    if (ev->alert != NULL)
        fingerprint_print(ev->alert->labels->fp, fp);
    strbuf_reset(&h->key);
    strbuf_addf(&h->key, "%s %s", fp, ev->group->uuid);
}

static bool put_muting(struct history_log *h, const struct event *ev, struct err *err)
{
    make_key(h, ev);
    if (ev->kind == EVENT_MUTE_ENDED)
        return run(h, HISTORY_END_MUTING, ev, NULL, NULL, err);
    return run(h, HISTORY_BEGIN_MUTING, ev, mute_cause_text(ev->mute.cause), ev->group->route->receiver->name,
               err);
}

static bool put(struct history_log *h, const struct event *ev, struct err *err)
{
    strbuf_reset(&h->body);
    history_encode(&h->body, ev);
    switch (ev->kind) {
    case EVENT_MUTE_BEGAN:
    case EVENT_MUTE_ENDED:
        return put_muting(h, ev, err);
    case EVENT_NOTIFICATION_DELIVERED:
    case EVENT_NOTIFICATION_FAILED:
        return run(h, HISTORY_PUT_NOTIFICATION, ev,
                   ev->kind == EVENT_NOTIFICATION_FAILED ? "failed" : "delivered",
                   ev->decision->group->route->receiver->name, err);
    case EVENT_STARTUP: /* the engine that knew when they would end is gone */
        if (!run(h, HISTORY_END_ALL_MUTINGS, ev, NULL, NULL, err))
            return false;
        break;
    default:
        break;
    }
    return run(h, HISTORY_PUT_AUDIT, ev, event_kind_text(ev->kind), NULL, err);
}

bool history_log_put(struct history_log *h, struct event *const *v, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if ((HISTORY_EVENTS & EVENT_BIT(v[i]->kind)) != 0 && !put(h, v[i], err))
            return false;
    return true;
}

/* ---- while the disk refuses ---- */

bool history_log_put_kept(struct history_log *h, struct err *err)
{
    return history_log_put(h, h->kept, h->n_kept, err);
}

void history_log_written(struct history_log *h)
{
    if (h->n_kept != 0)
        drop_kept(h, h->n_kept);
}

void history_log_keep(struct history_log *h, struct event *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (h->n_kept == KEPT_MAX) {
            drop_kept(h, KEPT_MAX / 4);
            metric_add(h->dropped, KEPT_MAX / 4);
        }
        h->kept = xgrow(h->kept, &h->cap_kept, h->n_kept + 1, sizeof(struct event *));
        h->kept[h->n_kept++] = event_ref(v[i]);
    }
}

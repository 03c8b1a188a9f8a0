/* The table of silences: create, edit, expire, collect. */

#include <stdlib.h>

#include "base/mem.h"
#include "codec/goquote.h"
#include "mute_index.h"

static struct silence_rec *find(const struct silences *t, struct sv id)
{
    return strmap_get(&t->by_id, id);
}

/* ---- the table ---- */

/* Before anybody else sees it. */
static void enter(struct silences *t, struct silence *s)
{
    patterns_share(&t->patterns, &s->matchers);
    stamps_add(&t->starts, s->starts_at);
    stamps_add(&t->ends, s->ends_at);
}

static void leave(struct silences *t, const struct silence *s)
{
    patterns_release(&t->patterns, &s->matchers);
    stamps_remove(&t->starts, s->starts_at);
    stamps_remove(&t->ends, s->ends_at);
}

static struct silence_rec *table_add(struct silences *t, struct silence *s)
{
    struct silence_rec *rec = xmalloc(sizeof(*rec));

    *rec = (struct silence_rec){.version = s, .seq = ++t->last_seq};
    t->v = xgrow(t->v, &t->cap, t->n + 1, sizeof(struct silence_rec *));
    t->v[t->n++] = rec;
    strmap_put(&t->by_id, sv_of(s->id), rec);
    enter(t, s);
    return rec;
}

static void insert(struct engine *e, struct silence *s, struct stamp now)
{
    struct silence_rec *rec = table_add(&e->silences, s);
    if (silence_overdue(s, now))
        return;
    mute_index_add_silence(&e->silences.index, &e->slots, rec);
    silence_match(e, rec);
}

/* What it matches stays. The key of by_id lives in the version, so it moves along. */
static void replace(struct silences *t, struct silence_rec *rec, struct silence *s)
{
    strmap_put(&t->by_id, sv_of(s->id), rec);
    enter(t, s); /* first, so that what they share stays */
    leave(t, rec->version);
    silence_unref(rec->version);
    rec->version = s;
}

/* No silence ends before it starts, so those that are over are not pending; what was written by hand may. */
void silences_count(const struct silences *t, struct stamp now, struct engine_stats *out)
{
    const size_t started = stamps_until(&t->starts, now);

    out->silences_expired = stamps_until(&t->ends, now);
    if (out->silences_expired > started)
        out->silences_expired = started;
    out->silences_active = started - out->silences_expired;
    out->silences_pending = t->n - started;
    out->silence_patterns = t->patterns.by_text.n;
}

static bool is_broken(const struct silence *s)
{
    size_t i = 0;
    while (i < s->matchers.n && !s->matchers.v[i].broken)
        i++;
    return i < s->matchers.n;
}

void silences_restore(struct engine *e, struct silence *s, struct stamp now)
{
    e->stats.silences_broken += is_broken(s);
    struct silence_rec *rec = find(&e->silences, sv_of(s->id));
    if (rec == NULL)
        insert(e, s, now);
    else
        replace(&e->silences, rec, s);
}

struct silence *silences_find(const struct silences *t, const struct matchers *ms, struct sv annotation,
                              struct stamp now)
{
    for (size_t i = 0; i < t->n; i++) {
        struct silence *s = t->v[i]->version;
        if (silence_state(s, now) != SILENCE_EXPIRED && labels_get(s->annotations, annotation).n != 0 &&
            matchers_equal(&s->matchers, ms))
            return s;
    }
    return NULL;
}

/* ---- checks ---- */

static bool names_are_valid(const struct matchers *ms, struct err *err)
{
    for (size_t i = 0; i < ms->n; i++) {
        if (label_name_utf8(istr_sv(ms->v[i].name)))
            continue;
        CLEANUP(strbuf_donep) struct strbuf name = {0};
        go_quote(&name, istr_sv(ms->v[i].name));
        return err_set(err, ERR_INVALID, "invalid label matcher %zu in set 0: invalid label name %s", i,
                       name.p);
    }
    return true;
}

static bool matchers_are_valid(const struct matchers *ms, struct err *err)
{
    if (ms->n == 0)
        return err_set(err, ERR_INVALID, "matcher set 0 is empty");
    if (!names_are_valid(ms, err))
        return false;
    for (size_t i = 0; i < ms->n; i++)
        if (!matcher_matches_empty(&ms->v[i]))
            return true;
    return err_set(err, ERR_INVALID, "matcher set 0: at least one matcher must not match the empty string");
}

bool silence_times_valid(struct stamp starts_at, struct stamp ends_at, struct stamp now, struct err *err)
{
    if (stamp_cmp(starts_at, ends_at) >= 0)
        return err_set(err, ERR_INVALID, "Failed to create silence: start time must be before end time");
    if (stamp_before(ends_at, now))
        return err_set(err, ERR_INVALID, "Failed to create silence: end time can't be in the past");
    return true;
}

static bool small_enough(const struct engine *e, const struct silence *s, struct err *err)
{
    const size_t size = silence_encoded_size(s, e->opts.retention), max = e->opts.max_silence_bytes;
    if (max == 0 || size <= max)
        return true;
    return err_set(err, ERR_LIMIT, "silence exceeded maximum size: %zu bytes (limit: %zu bytes)", size, max);
}

static bool has_room(const struct engine *e, struct err *err)
{
    const size_t n = e->silences.n, max = e->opts.max_silences;
    if (max == 0 || n < max)
        return true;
    return err_set(err, ERR_LIMIT, "exceeded maximum number of silences: %zu (limit: %zu)", n, max);
}

/* What decides between an edit in place and a new silence (api.md 2.7). */
static bool same_silence(const struct silence *old, const struct silence_in *in, struct stamp starts_at,
                         struct stamp now)
{
    if (!matchers_equal(&old->matchers, in->matchers) || silence_overdue(old, now))
        return false;
    if (stamp_before(now, old->starts_at))
        return !stamp_before(starts_at, now);
    return starts_at.sec == old->starts_at.sec && !stamp_before(in->ends_at, now);
}

/* ---- changes ---- */

/* A clock that stands still or went back must not make the newer version look older (W-11). */
static struct stamp later_than(const struct silence *old, struct stamp now)
{
    const struct stamp next = stamp_add(old->updated_at, 1000);
    return stamp_before(now, next) ? next : now;
}

static void record(struct effects *fx, struct silence *s, bool del)
{
    effect_record(fx, (struct record){.kind = RECORD_SILENCE, .del = del, .silence = silence_ref(s)});
}

static struct silence *version_of(const struct silence_in *in, const char id[37], struct stamp starts_at,
                                  struct stamp updated_at)
{
    struct labels *annotations = in->annotations != NULL ? labels_ref(in->annotations) : labels_empty();
    return silence_new(id, in->matchers, starts_at, in->ends_at, updated_at, in->created_by, in->comment,
                       annotations);
}

static void expire(struct engine *e, struct silence_rec *rec, struct stamp now, struct effects *fx)
{
    const struct silence *old = rec->version;
    const bool pending = stamp_before(now, old->starts_at);
    struct silence *s =
        silence_new(old->id, &old->matchers, pending ? now : old->starts_at, now, later_than(old, now),
                    istr_sv(old->created_by), istr_sv(old->comment), labels_ref(old->annotations));
    replace(&e->silences, rec, s);
    record(fx, s, false);
    emit_silence(e, EVENT_SILENCE_EXPIRED, s, now, fx);
}

static bool edit_in_place(struct engine *e, struct silence_rec *rec, const struct silence_in *in,
                          struct stamp starts_at, struct stamp now, struct effects *fx, struct err *err)
{
    struct silence *s = version_of(in, rec->version->id, starts_at, later_than(rec->version, now));
    if (!small_enough(e, s, err)) {
        silence_unref(s);
        return false;
    }
    replace(&e->silences, rec, s);
    record(fx, s, false);
    emit_silence(e, EVENT_SILENCE_UPDATED, s, now, fx);
    return true;
}

/* `old` (may be NULL) is what the new silence takes the place of. */
static bool create(struct engine *e, struct silence_rec *old, const struct silence_in *in,
                   struct stamp starts_at, struct stamp now, struct effects *fx, struct err *err)
{
    if (!has_room(e, err))
        return false;
    struct silence *s = version_of(in, in->fresh_id, stamp_before(starts_at, now) ? now : starts_at, now);
    if (!small_enough(e, s, err)) {
        silence_unref(s);
        return false;
    }
    if (old != NULL && !silence_overdue(old->version, now))
        expire(e, old, now, fx);
    insert(e, s, now);
    record(fx, s, false);
    emit_silence(e, EVENT_SILENCE_CREATED, s, now, fx);
    return true;
}

bool engine_silence_set(struct engine *e, const struct silence_in *in, struct now now, struct effects *fx,
                        struct silence **out, struct err *err)
{
    if (!silence_times_valid(in->starts_at, in->ends_at, now.wall, err))
        return false;
    if (!matchers_are_valid(in->matchers, err))
        return err_wrap(err, "invalid silence");

    struct silence_rec *old = find(&e->silences, in->id);
    if (in->id.n != 0 && old == NULL)
        return err_set(err, ERR_NOT_FOUND, "silence not found");

    const struct stamp starts_at = stamp_is_unset(in->starts_at) ? now.wall : in->starts_at;
    const bool in_place = old != NULL && same_silence(old->version, in, starts_at, now.wall);
    if (in_place ? !edit_in_place(e, old, in, starts_at, now.wall, fx, err)
                 : !create(e, old, in, starts_at, now.wall, fx, err))
        return false;
    *out = silence_ref(in_place ? old->version : e->silences.v[e->silences.n - 1]->version);
    return true;
}

bool engine_silence_expire(struct engine *e, struct sv id, struct now now, struct effects *fx,
                           struct err *err)
{
    struct silence_rec *rec = find(&e->silences, id);
    if (rec == NULL)
        return err_set(err, ERR_NOT_FOUND, "silence not found");
    if (silence_state(rec->version, now.wall) != SILENCE_EXPIRED)
        expire(e, rec, now.wall, fx);
    return true;
}

/* ---- garbage collection ---- */

static void drop_overdue_from_index(struct silences *t, struct stamp now)
{
    for (size_t i = 0; i < t->n; i++)
        if (silence_overdue(t->v[i]->version, now))
            mute_index_drop_silence(&t->index, t->v[i]);
}

static void rec_free(struct silence_rec *rec)
{
    silence_unref(rec->version);
    free(rec);
}

static void drop_doomed_from_table(struct silences *t, struct effects *fx)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct silence_rec *rec = t->v[i];
        if (rec->doomed) {
            record(fx, rec->version, true);
            strmap_del(&t->by_id, sv_of(rec->version->id));
            leave(t, rec->version);
            rec_free(rec);
            continue;
        }
        t->v[kept++] = rec;
    }
    t->n = kept;
}

void silences_gc(struct engine *e, struct stamp now, struct effects *fx)
{
    struct silences *t = &e->silences;
    struct slot *s;
    bool any = false;

    drop_overdue_from_index(t, now);
    for (size_t i = 0; i < t->n; i++) {
        const struct stamp expires_at = stamp_add(t->v[i]->version->ends_at, e->opts.retention);
        t->v[i]->doomed = stamp_cmp(expires_at, now) <= 0 && silence_overdue(t->v[i]->version, now);
        any = any || t->v[i]->doomed;
    }
    if (!any)
        return;
    for (size_t it = 0; (s = map_next(&e->slots, &it)) != NULL;)
        slot_drop_doomed(s);
    drop_doomed_from_table(t, fx);
}

void silences_done(struct silences *t)
{
    mute_index_done(&t->index);
    patterns_done(&t->patterns);
    for (size_t i = 0; i < t->n; i++)
        rec_free(t->v[i]);
    free(t->v);
    stamps_done(&t->starts);
    stamps_done(&t->ends);
    strmap_done(&t->by_id);
    *t = (struct silences){0};
}

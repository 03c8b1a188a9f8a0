#include "silence_log.h"

#include <string.h>

#include "base/log.h"
#include "codec/rfc3339.h"

void silence_log_take(struct silence_log *l, const struct effects *fx)
{
    for (size_t i = 0; l->on && i < fx->n_records && l->n < COUNT_OF(l->v); i++)
        if (fx->records[i].kind == RECORD_SILENCE)
            l->v[l->n++] = silence_ref(fx->records[i].silence);
}

static void write_one(const char *what, const struct silence *s)
{
    CLEANUP(strbuf_donep) struct strbuf matchers = {0};
    char starts_at[STAMP_TEXT_MAX], ends_at[STAMP_TEXT_MAX];

    for (size_t i = 0; i < s->matchers.n; i++) {
        const struct matcher *m = &s->matchers.v[i];
        strbuf_addf(&matchers, "%s%s%s%s", i != 0 ? "," : "", m->name->s, match_op_text(m->op), m->value->s);
    }
    (void)stamp_print_nano(s->starts_at, starts_at);
    (void)stamp_print_nano(s->ends_at, ends_at);
    log_info(what, "Id", s->id, "CreatedBy", s->created_by->s, "Comment", s->comment->s, "StartsAt",
             starts_at, "EndsAt", ends_at, "Matchers", matchers.p);
}

/* The last one is what is in force now; one before it made room. */
static const char *verb(const struct silence_log *l, size_t i, bool deleted, const char *edited)
{
    if (deleted || i + 1 < l->n)
        return "expire silence";
    return strcmp(l->v[i]->id, edited) == 0 ? "update silence" : "create silence";
}

void silence_log_write(struct silence_log *l, bool deleted, const char *edited)
{
    for (size_t i = 0; i < l->n; i++) {
        write_one(verb(l, i, deleted, edited), l->v[i]);
        silence_unref(l->v[i]);
    }
    l->n = 0;
}

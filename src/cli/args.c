#include "args.h"

#include "codec/rfc3339.h"
#include "codec/url.h"
#include <pwd.h>
#include <unistd.h>

static void tell(struct cli *c, const char *text, const struct matcher_warning *w)
{
    if (w->classic_only)
        cli_warn(c,
                 "Warning: %s is not a matcher of the UTF-8 grammar and was read with the old one; write %s",
                 text, w->suggestion);
    else if (w->disagreement)
        cli_warn(c,
                 "Warning: %s means different things in the old and the UTF-8 grammar of matchers; quote the "
                 "value",
                 text);
}

static bool parse_matcher(struct cli *c, const char *text, struct matcher *m, struct err *err)
{
    struct matcher_warning warning;

    if (!matcher_parse(sv_of(text), c->features.matcher_mode, m, &warning, err))
        return false;
    tell(c, text, &warning);
    return true;
}

/* amtool writes alertname="<arg>" and parses that; the outcome is the argument itself. */
static bool first_matcher(struct cli *c, const char *text, struct matcher *m, struct err *err)
{
    return parse_matcher(c, text, m, err) || matcher_init(m, MATCH_EQ, SV("alertname"), sv_of(text), err);
}

bool args_matchers(struct cli *c, const struct flag_list *list, bool may_be_name, struct matchers *ms,
                   struct err *err)
{
    *ms = (struct matchers){0};
    for (size_t i = 0; i < list->n; i++) {
        struct matcher m;
        const bool ok = i == 0 && may_be_name ? first_matcher(c, list->v[i], &m, err)
                                              : parse_matcher(c, list->v[i], &m, err);
        if (!ok)
            return false;
        matchers_push(ms, m);
    }
    return true;
}

static struct sv keep(struct cli *c, struct sv s)
{
    return (struct sv){arena_strndup(&c->mem, s.p, s.n), s.n};
}

bool args_pairs_of(struct cli *c, const struct matchers *ms, const char *what, struct pairs_sv *out,
                   struct err *err)
{
    out->v = ARENA_ARRAY(&c->mem, struct label_sv, ms->n);
    for (size_t i = 0; i < ms->n; i++) {
        const struct matcher *m = &ms->v[i];
        if (m->op != MATCH_EQ)
            return err_set(err, ERR_INVALID, "%s must be specified as key=value pairs", what);
        out->v[i] = (struct label_sv){keep(c, istr_sv(m->name)), keep(c, istr_sv(m->value))};
    }
    out->n = label_sv_normalize(out->v, ms->n, false);
    return true;
}

bool args_pairs(struct cli *c, const struct flag_list *list, bool may_be_name, const char *what,
                struct pairs_sv *out, struct err *err)
{
    struct matchers ms;

    const bool ok = args_matchers(c, list, may_be_name, &ms, err) && args_pairs_of(c, &ms, what, out, err);
    matchers_done(&ms);
    return ok;
}

bool args_time(const char *text, struct stamp *t, struct err *err)
{
    return text == NULL || stamp_parse_rfc3339(sv_of(text), t, err);
}

struct api_time args_api_time(struct cli *c, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    const size_t n = stamp_print_ms(t, text);

    return (struct api_time){.text = {arena_strndup(&c->mem, text, n), n}, .at = t};
}

void args_query(struct strbuf *out, const char *name, struct sv value)
{
    strbuf_addf(out, "%c%s=", out->n == 0 ? '?' : '&', name);
    url_escape_query(out, value);
}

void args_query_filters(struct cli *c, struct strbuf *out)
{
    const struct flag_list *args = cli_args(c);

    for (size_t i = 0; i < args->n; i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        struct matcher m;
        struct err err;
        if (i == 0 && first_matcher(c, args->v[i], &m, &err)) {
            matcher_print(&text, &m);
            matcher_done(&m);
        } else {
            strbuf_adds(&text, args->v[i]);
        }
        args_query(out, "filter", strbuf_sv(&text));
    }
}

void args_query_matchers(struct strbuf *out, const char *name, const struct matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        struct strbuf text = {0};
        matcher_print(&text, &ms->v[i]);
        args_query(out, name, strbuf_sv(&text));
        strbuf_done(&text);
    }
}

struct sv args_user_name(struct cli *c)
{
    struct passwd entry, *found = NULL;
    char text[4096];

    if (getpwuid_r(geteuid(), &entry, text, sizeof text, &found) != 0 || found == NULL)
        return SV("");
    const size_t n = strlen(found->pw_name);
    return (struct sv){arena_strndup(&c->mem, found->pw_name, n), n};
}
